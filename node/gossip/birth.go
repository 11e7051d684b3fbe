package gossip

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Birth is what a cluster is born with and keeps for life. It is immutable once made.
type Birth struct {
	// Cluster is the cluster's id, never 0.
	Cluster uint64
	// TokenKeys authenticate contexts; the first is used for new ones.
	TokenKeys []clock.TokenKey
	// TreeKey keys the hashes of states.
	TreeKey [16]byte
	// Layout is number 1. Its members are those that must all follow the birth before anybody acts on it.
	Layout *ring.Layout
	// Sealed says that all members of the layout are known to have followed.
	Sealed bool

	hash [16]byte // of everything but Sealed
}

// newBirth draws the id and the keys of a cluster of these members.
func newBirth(rand io.Reader, members []ring.Member, partitions, n int) (Birth, error) {
	layout, err := ring.First(members, partitions, n)
	if err != nil {
		return Birth{}, fmt.Errorf("gossip: the first layout: %w", err)
	}
	var drawn [8 + 32 + 16]byte
	if _, err := io.ReadFull(rand, drawn[:]); err != nil {
		return Birth{}, fmt.Errorf("gossip: no random bytes for a new cluster: %w", err)
	}
	b := Birth{
		Cluster:   max(1, binary.BigEndian.Uint64(drawn[:8])),
		TokenKeys: []clock.TokenKey{{ID: 1, Secret: [32]byte(drawn[8:40])}},
		TreeKey:   [16]byte(drawn[40:]),
		Layout:    layout,
	}
	return b.hashed(), nil
}

// hashed fills in the hash.
func (b Birth) hashed() Birth {
	sum := sha256.Sum256(appendBirth(nil, b))
	copy(b.hash[:], sum[:])
	return b
}

// names says whether the node is one of those that the birth is for.
func (b Birth) names(id ring.NodeID) bool {
	_, ok := b.Layout.Member(id)
	return ok
}

// overlaps says whether any node is named by both. Of two births that overlap only one is ever sealed; two
// that do not are two clusters.
func (b Birth) overlaps(o Birth) bool {
	return slices.ContainsFunc(b.Layout.Members(), func(m ring.Member) bool { return o.names(m.ID) })
}

func (b Birth) compare(o Birth) int { return bytes.Compare(b.hash[:], o.hash[:]) }

func (b Birth) equal(o Birth) bool { return b.hash == o.hash && b.Sealed == o.Sealed }

// mergeBirths is the union of both, or the greatest sealed one alone.
func mergeBirths(a, b []Birth) []Birth {
	all := map[[16]byte]Birth{}
	for _, birth := range slices.Concat(a, b) {
		birth.Sealed = birth.Sealed || all[birth.hash].Sealed
		all[birth.hash] = birth
	}
	merged := slices.SortedFunc(maps.Values(all), Birth.compare)
	for _, birth := range slices.Backward(merged) {
		if birth.Sealed {
			return []Birth{birth}
		}
	}
	if over := len(merged) - birthsMax; over > 0 {
		merged = merged[over:]
	}
	return merged
}

// starter is a node that waits for a cluster's birth, as another sees it.
type starter struct {
	member ring.Member
	expect int    // how many it waits for
	sees   uint64 // digest of the starters that it sees
	served bool   // it belongs to a cluster already
}

// seen digests a set of starters, whatever their order: all must see the same before one acts.
func seen(starters []starter) uint64 {
	ids := make([]ring.NodeID, len(starters))
	for i, s := range starters {
		ids[i] = s.member.ID
	}
	slices.Sort(ids)
	h := sha256.New()
	for _, id := range ids {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(id)))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// waiting are those that take part: starters without a cluster, ordered by id.
func waiting(all []starter) []starter {
	var w []starter
	for _, s := range all {
		if s.expect > 0 && !s.served {
			w = append(w, s)
		}
	}
	slices.SortFunc(w, func(a, b starter) int { return cmp.Compare(a.member.ID, b.member.ID) })
	return w
}

// mayPublish decides whether this node, the first of all, is the one that publishes the birth now. Where it
// is not, why says what is waited for, in words for the operator, and hopeless that waiting alone will not
// help.
func mayPublish(all []starter) (publish bool, why string, hopeless bool) {
	self := all[0]
	if i := slices.IndexFunc(all, func(s starter) bool { return s.served }); i >= 0 {
		return false, fmt.Sprintf("%q has a cluster: its state is to come", all[i].member.Name), false
	}
	w := waiting(all)
	for _, s := range w {
		if s.expect != self.expect {
			return false, fmt.Sprintf("%q waits for %d nodes and %q for %d: start all with the same --bootstrap-expect",
				self.member.Name, self.expect, s.member.Name, s.expect), true
		}
	}
	if len(w) > self.expect {
		return false, fmt.Sprintf("%d nodes wait for a cluster of %d: %s; start all with --bootstrap-expect %d, or stop some and let them --join later",
			len(w), self.expect, names(w), len(w)), true
	}
	if len(w) < self.expect {
		return false, fmt.Sprintf("%d of %d nodes see each other: %s", len(w), self.expect, names(w)), false
	}
	for _, s := range w {
		if s.sees != seen(w) {
			return false, fmt.Sprintf("%q does not see the same %d nodes yet", s.member.Name, self.expect), false
		}
	}
	if w[0].member.ID != self.member.ID {
		return false, fmt.Sprintf("%q is to publish the cluster's birth", w[0].member.Name), false
	}
	return true, "", false
}

// names lists the starters for people.
func names(starters []starter) string {
	var b bytes.Buffer
	for i, s := range starters {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s.member.Name)
	}
	return b.String()
}
