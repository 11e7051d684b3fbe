package gossip

import (
	"encoding/binary"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/kindreddb/kindred/ring"
)

// A change of the state is announced by its hash, in a message that rides on memberlist's packets; who does
// not know that hash exchanges states with the announcer over a stream. What is missed, the push and pull of
// every few seconds makes up for.
//
// Short messages: version (1) · kind (1) · node (8) · then for
//
//	changed: hash of its state (16)
//	leaving: nonce of its process (8)
//	rival:   length, ip:port where another process claims the receiver's id
const (
	messageVersion = 1
	messageChanged = 1
	messageLeaving = 2
	messageRival   = 3

	hashesKept     = 256
	farewellsMax   = 16 // at one time
	retransmitMult = 4  // times the logarithm of the cluster's size
)

// spread is what is to be told, and what was heard of and not fetched yet.
type spread struct {
	queue memberlist.TransmitLimitedQueue

	mu    sync.Mutex
	known map[[16]byte]bool // hashes of states that were merged or are about to be
	from  map[ring.NodeID]bool
	wake  chan struct{}
}

func (s *spread) init(g *Gossip) {
	s.queue.RetransmitMult = retransmitMult
	s.queue.NumNodes = func() int { return len(g.View().Members) }
	s.known, s.from = make(map[[16]byte]bool), make(map[ring.NodeID]bool)
	s.wake = make(chan struct{}, 1)
}

// announcement is a message that replaces the former one of its kind.
type announcement []byte

func (a announcement) Name() string                          { return "changed" }
func (a announcement) Invalidates(memberlist.Broadcast) bool { return true }
func (a announcement) Message() []byte                       { return a }
func (a announcement) Finished()                             {}

// announce tells the others that this node's state has another hash now.
func (g *Gossip) announce(hash [16]byte) {
	g.spread.merged(hash)
	g.spread.queue.QueueBroadcast(announcement(append(g.message(messageChanged), hash[:]...)))
}

func (g *Gossip) message(kind byte) []byte {
	return binary.BigEndian.AppendUint64([]byte{messageVersion, kind}, uint64(g.cfg.ID))
}

// merged notes that the state with that hash is contained in this node's. The notes are bounded; what is
// forgotten is fetched once more.
func (s *spread) merged(hash [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= hashesKept {
		clear(s.known)
	}
	s.known[hash] = true
}

// fetch notes that the node has a state with that hash, unless it is known.
func (s *spread) fetch(id ring.NodeID, hash [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known[hash] {
		s.exchangeWith(id)
	}
}

// compare asks for an exchange with some node that is up: where one goes, others may know it elsewhere.
func (s *spread) compare(up map[ring.NodeID]profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range up {
		s.exchangeWith(id)
		return
	}
}

// exchangeWith is called with the lock held.
func (s *spread) exchangeWith(id ring.NodeID) {
	if len(s.from) >= ring.MembersMax {
		return
	}
	s.from[id] = true
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// heard takes a short message.
func (g *Gossip) heard(b []byte) {
	r := reader{rest: b}
	version, kind, id := r.byte("version"), r.byte("kind"), ring.NodeID(r.uint64("node"))
	switch {
	case r.fault != "" || version != messageVersion || id == g.cfg.ID:
	case kind == messageChanged:
		hash := [16]byte(r.take("hash", 16))
		if r.done("message") == nil {
			g.spread.fetch(id, hash)
			return
		}
	case kind == messageLeaving:
		nonce := r.uint64("nonce")
		if r.done("message") == nil && nonce != 0 {
			g.left(id, nonce)
			return
		}
	case kind == messageRival:
		place := r.string("address", addressBytesMax)
		if _, _, err := splitAddress(place); err == nil && r.done("message") == nil {
			g.seeker.visit(place)
			return
		}
	}
	g.counts.messagesBad.Add(1)
}

// left notes that a node said that it is stopping.
func (g *Gossip) left(id ring.NodeID, nonce uint64) {
	if was, news := g.roster.gone(id, nonce, true); news {
		g.log.Info("a node is stopping", "name", was.member.Name, "id", id.String())
		g.nudge()
	}
}

// pull exchanges states with the nodes that announced a new one, one after the other.
func (g *Gossip) pull() {
	s := &g.spread
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-s.wake:
		}
		s.mu.Lock()
		from := slices.Collect(maps.Keys(s.from))
		clear(s.from)
		s.mu.Unlock()
		peers := g.roster.all()
		for _, id := range from {
			if p, ok := peers[id]; ok && p.up && g.ctx.Err() == nil {
				_ = g.exchange(p.at.Gossip) // the next push and pull makes up for it
			}
		}
	}
}

// exchange merges states both ways with the node at the address.
func (g *Gossip) exchange(address string) error {
	ip, port, err := resolve(address)
	if err != nil {
		return err
	}
	_, err = g.list.Join([]string{net.JoinHostPort(ip.String(), strconv.Itoa(port))})
	return err
}

// farewell tells every node that is up, over a stream, that this one is stopping.
func (g *Gossip) farewell(deadline time.Time) {
	message := binary.BigEndian.AppendUint64(g.message(messageLeaving), g.profile().nonce)
	slots := make(chan struct{}, farewellsMax)
	var told sync.WaitGroup
	for id, p := range ups(g.roster.all()) {
		ip, port, err := resolve(p.at.Gossip)
		if err != nil {
			continue
		}
		slots <- struct{}{}
		told.Go(func() {
			defer func() { <-slots }()
			_ = g.list.SendReliable(&memberlist.Node{Name: id.String(), Addr: ip, Port: uint16(port)}, message)
		})
	}
	all := make(chan struct{})
	go func() { told.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(time.Until(deadline)):
	}
}
