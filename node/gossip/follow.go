package gossip

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/ring"
)

// follow is one node's statement: which birth, or which later layout, it follows. A later statement, by
// sequence, replaces an earlier one. Nodes outside the layout say which birth they took up.
//
// A statement about a birth is a promise, saved before it is told. A node follows the first birth that names
// it, and moves on to a greater rival (by hash) only when its own is dead: when a member of it is known to
// follow a greater or a sealed one. Hence of two births that share a node at most one is ever sealed, that
// is, followed by all of its members. For suppose that X and Y are rivals and X < Y. A node leaves X for Y
// only after another member of X was seen at Y. The first that was, had never followed X; and as nodes move
// upwards only, it never will: X is never sealed. As long as nobody is at Y that X names, nobody leaves X.
type follow struct {
	seq  uint64 // 1 for a node's first statement
	hash [16]byte
}

// later says whether the statement stands against the other.
func (f follow) later(o follow) bool {
	return cmp.Or(cmp.Compare(f.seq, o.seq), bytes.Compare(f.hash[:], o.hash[:])) > 0
}

// mergeFollows keeps each node's last statement.
func mergeFollows(a, b map[ring.NodeID]follow) map[ring.NodeID]follow {
	if len(b) == 0 {
		return a
	}
	merged := maps.Clone(a)
	if merged == nil {
		merged = make(map[ring.NodeID]follow, len(b))
	}
	for id, f := range b {
		if f.later(merged[id]) {
			merged[id] = f
		}
	}
	return lowest(merged, followsMax)
}

// advance draws the conclusions that a node may draw from what it knows: what it says that it follows, and
// what is sealed thereby. It is to be saved before it is told to anybody.
func (s State) advance(self ring.NodeID) State {
	s = s.sealBirth(self)
	if _, ok := s.Cluster(); ok {
		s = s.sealLayouts(self)
	}
	return s
}

// sealBirth states which birth the node follows, and seals one that all of its members follow.
func (s State) sealBirth(self ring.NodeID) State {
	if _, ok := s.Cluster(); ok {
		return s
	}
	if b, ok := s.choice(self); ok {
		s = s.say(self, b.hash)
	}
	for _, b := range s.births {
		if s.allFollow(b.Layout, b.hash) && s.mayTake(self, b) {
			b.Sealed = true
			s.births = mergeBirths(s.births, []Birth{b})
			break
		}
	}
	return s
}

// choice is the birth that the node is to follow, if there is any that it may.
func (s State) choice(self ring.NodeID) (Birth, bool) {
	present, followed := s.followed(self)
	if followed && !s.dead(present) {
		return present, true
	}
	if !followed && s.follows[self].seq > 0 {
		return Birth{}, false // it promised something that this state does not hold
	}
	for i := len(s.births) - 1; i >= 0; i-- {
		if b := s.births[i]; b.names(self) && (!followed || b.compare(present) > 0) {
			return b, true
		}
	}
	return Birth{}, false
}

// followed is the birth that the node said it follows, where the state holds it.
func (s State) followed(id ring.NodeID) (Birth, bool) {
	for _, b := range s.births {
		if s.follows[id].hash == b.hash {
			return b, true
		}
	}
	return Birth{}, false
}

// dead says that the birth will never be sealed: one of its members follows a greater rival.
func (s State) dead(b Birth) bool {
	return slices.ContainsFunc(b.Layout.Members(), func(m ring.Member) bool {
		hash := s.follows[m.ID].hash
		return bytes.Compare(hash[:], b.hash[:]) > 0
	})
}

// mayTake says whether the node may belong to the cluster of that birth, which is sealed: not if it follows
// another that may still be sealed too. One of which a member belongs to the sealed one will never be.
func (s State) mayTake(self ring.NodeID, b Birth) bool {
	mine, followed := s.followed(self)
	if !followed || mine.hash == b.hash {
		return true
	}
	return !mine.Sealed && (mine.overlaps(b) || s.dead(mine) ||
		slices.ContainsFunc(mine.Layout.Members(), func(m ring.Member) bool { return s.follows[m.ID].hash == b.hash }))
}

// sealLayouts states that a member of the present layout follows it, and any other node the birth that it
// took up, and seals the layouts that all of their members follow.
func (s State) sealLayouts(self ring.NodeID) State {
	birth, _ := s.Cluster()
	present := s.Layout()
	if _, member := present.Member(self); member && present.Number() > 1 {
		s = s.say(self, present.Hash())
	} else {
		s = s.say(self, birth.hash)
	}
	for _, c := range s.layouts {
		if !c.sealed && s.allFollow(c.layout, c.layout.Hash()) {
			s.layouts = mergeLayouts(s.layouts, []candidate{{c.layout, true}})
		}
	}
	return s
}

// say makes a statement, unless it is the node's last one already.
func (s State) say(self ring.NodeID, hash [16]byte) State {
	last := s.follows[self]
	if last.seq > 0 && last.hash == hash {
		return s
	}
	s.follows = mergeFollows(s.follows, map[ring.NodeID]follow{self: {last.seq + 1, hash}})
	return s
}

func (s State) allFollow(l *ring.Layout, hash [16]byte) bool { return len(s.silent(l, hash)) == 0 }

// silent lists the members of the layout that have not said that they follow it.
func (s State) silent(l *ring.Layout, hash [16]byte) []ring.Member {
	var missing []ring.Member
	for _, m := range l.Members() {
		if f := s.follows[m.ID]; f.seq == 0 || f.hash != hash {
			missing = append(missing, m)
		}
	}
	return missing
}

// accepts says whether the other's state may be merged into this node's: nil, or why not. A node that belongs
// to a cluster, or to a birth that may still be sealed, takes up no other.
func (s State) accepts(self ring.NodeID, o State) error {
	theirs, ok := o.Cluster()
	if !ok {
		return nil
	}
	mine, have := s.Cluster()
	if !have {
		known := s
		known.follows = mergeFollows(s.follows, o.follows)
		if known.mayTake(self, theirs) {
			return nil
		}
		mine, _ = s.followed(self)
	}
	if mine.hash == theirs.hash {
		return nil
	}
	return fmt.Errorf("gossip: this is the state of cluster %016x, and this node belongs to cluster %016x", theirs.Cluster, mine.Cluster)
}
