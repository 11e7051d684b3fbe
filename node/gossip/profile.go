package gossip

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Bounds of a profile: memberlist carries 512 bytes of what a node says of itself.
const (
	profileBytesMax = 512
	nameBytesMax    = 64
	zoneBytesMax    = 64
	versionBytesMax = 32
	hostBytesMax    = 253 // the longest DNS name
)

// Addresses are where a node is reached by others: each host:port.
type Addresses struct {
	Data, Admin, Peer, Gossip string
}

func (a *Addresses) all() [4]*string { return [4]*string{&a.Data, &a.Admin, &a.Peer, &a.Gossip} }

// profile is what a node says of itself, in the gossip about it and when it calls at another.
type profile struct {
	id      ring.NodeID
	cluster uint64 // 0 before the birth
	nonce   uint64 // of this process: a restart draws another
	started int64  // wall clock of this process's start in milliseconds since 1970
	fresh   bool   // its folder is empty: its id means nothing yet
	expect  int    // how many nodes it waits for to be born with, 0 for none
	sees    uint64 // digest of the starters that it sees
	// oldest and newest are the protocol versions that it speaks.
	oldest, newest uint8
	member         ring.Member // name, zone and capacity; its ID is id
	version        string      // of the program
	at             Addresses
}

const (
	profileVersion = 1
	flagFresh      = 1
)

// append writes the profile, version 1: version (1) · oldest, newest protocol (1 each) · flags (1) · id,
// cluster, nonce (8 each) · started · expect · sees (8) · name · program · zone · capacity · hosts, then each;
// then for data, admin, peer and gossip: index of the host (1) · port (2). Numbers are unsigned varints
// unless a size is given; strings have their length before them.
func (p profile) append(b []byte) []byte {
	flags := byte(0)
	if p.fresh {
		flags |= flagFresh
	}
	b = append(b, profileVersion, p.oldest, p.newest, flags)
	for _, v := range [...]uint64{uint64(p.id), p.cluster, p.nonce} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	b = binary.AppendUvarint(b, uint64(p.started))
	b = binary.AppendUvarint(b, uint64(p.expect))
	b = binary.BigEndian.AppendUint64(b, p.sees)
	b = appendString(b, p.member.Name)
	b = appendString(b, p.version)
	b = appendString(b, p.member.Zone)
	b = binary.AppendUvarint(b, uint64(p.member.Capacity))
	return appendAddresses(b, p.at)
}

// appendAddresses writes each host once: most nodes have one.
func appendAddresses(b []byte, a Addresses) []byte {
	var hosts []string
	var places []byte
	for _, address := range a.all() {
		host, port, _ := splitAddress(*address)
		i := slices.Index(hosts, host)
		if i < 0 {
			i = len(hosts)
			hosts = append(hosts, host)
		}
		places = binary.BigEndian.AppendUint16(append(places, byte(i)), port)
	}
	b = append(b, byte(len(hosts)))
	for _, h := range hosts {
		b = appendString(b, h)
	}
	return append(b, places...)
}

// splitAddress takes host:port apart; the empty address is the empty host at port 0.
func splitAddress(address string) (host string, port uint16, err error) {
	if address == "" {
		return "", 0, nil
	}
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no address: host:port is wanted", address)
	}
	p, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q has no port from 0 to 65535", address)
	}
	return host, uint16(p), nil
}

// decodeProfile reads what append wrote and refuses everything else. It keeps nothing of b.
func decodeProfile(b []byte) (profile, error) {
	r := reader{rest: b}
	p := r.profile()
	return p, r.done("profile")
}

func (r *reader) profile() profile {
	if v := r.byte("version"); v != profileVersion {
		r.fail("version %d, and this program reads %d", v, profileVersion)
	}
	p := profile{oldest: r.byte("oldest protocol"), newest: r.byte("newest protocol")}
	flags := r.byte("flags")
	p.fresh = flags&flagFresh != 0
	p.id = ring.NodeID(r.uint64("id"))
	p.cluster, p.nonce = r.uint64("cluster"), r.uint64("nonce")
	p.started = int64(r.uint("start", math.MaxInt64))
	p.expect = int(r.uint("expected nodes", ring.MembersMax))
	p.sees = r.uint64("starters seen")
	p.member = ring.Member{ID: p.id, Name: r.string("name", nameBytesMax)}
	p.version = r.string("program", versionBytesMax)
	p.member.Zone = r.string("zone", zoneBytesMax)
	p.member.Capacity = uint32(r.uint("capacity", math.MaxUint32))
	p.at = r.addresses()
	if flags&^flagFresh != 0 || p.id == 0 || p.member.Capacity == 0 || p.oldest == 0 || p.oldest > p.newest {
		r.fail("flags, id, capacity or protocol versions cannot be")
	}
	return p
}

func (r *reader) addresses() Addresses {
	hosts := make([]string, 0, 4)
	for count := r.byte("count of hosts"); count > 0 && r.fault == ""; count-- {
		host := r.string("host", hostBytesMax)
		if len(hosts) == 4 || slices.Contains(hosts, host) {
			r.fail("host %q is one too many", host)
		}
		hosts = append(hosts, host)
	}
	var a Addresses
	used := 0
	for _, address := range a.all() {
		i, port := int(r.byte("host")), binary.BigEndian.Uint16(r.take("port", 2))
		if i >= len(hosts) || i > used {
			r.fail("there is no host %d", i)
			return Addresses{}
		}
		used = max(used, i+1)
		if hosts[i] != "" || port != 0 {
			*address = net.JoinHostPort(hosts[i], strconv.Itoa(int(port)))
		}
		if host, _, err := splitAddress(*address); err != nil || host != hosts[i] {
			r.fail("%q is no host", hosts[i])
		}
	}
	if used != len(hosts) {
		r.fail("a host is not used")
	}
	return a
}

// starter is the node as one that waits for a birth.
func (p profile) starter() starter {
	return starter{member: p.member, expect: p.expect, sees: p.sees, served: p.cluster != 0}
}

// info is the node as the view shows it; whether it is up is for the caller to say.
func (p profile) info() node.MemberInfo {
	return node.MemberInfo{ID: p.id, Name: p.member.Name, Version: p.version,
		Data: p.at.Data, Admin: p.at.Admin, Peer: p.at.Peer, Gossip: p.at.Gossip}
}

// lasting is the profile without what belongs to one process: what is worth remembering.
func (p profile) lasting() profile {
	p.nonce, p.started, p.expect, p.sees, p.fresh = 0, 0, 0, 0, false
	return p
}

// before orders processes that cannot both stay: one that belongs to a cluster before one that does not, a
// member of the layout before another, then the one that was started first. The wall clocks of two machines
// decide only where nothing else does.
func (p profile) before(o profile, layout *ring.Layout) bool {
	rank := func(p profile) int {
		switch {
		case p.cluster == 0:
			return 2
		case layout == nil:
			return 1
		}
		if _, member := layout.Member(p.id); member {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(p), rank(o)), cmp.Compare(p.started, o.started), cmp.Compare(p.nonce, o.nonce)) < 0
}
