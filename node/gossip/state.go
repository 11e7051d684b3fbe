package gossip

import (
	"cmp"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/ring"
)

// Bounds of a State. Beyond them a merge keeps what comes first in the order that the field names, so that
// the laws hold there too.
const (
	birthsMax  = 16                  // rival births: the greatest by hash
	layoutsMax = 8                   // rival layouts: the greatest by (number, sealed, hash)
	followsMax = 2 * ring.MembersMax // statements: the lowest ids
	bucketsMax = 4096                // buckets with settings of their own: the first names
)

// State is what all nodes of a cluster are to know alike. It is an immutable value: what changes it returns
// another. The zero State is that of a node before any birth.
//
// Merge is idempotent, commutative and associative, so that it does not matter who hears what from whom, in
// which order, or how often.
type State struct {
	// births are ordered by hash. Once one is sealed it is alone.
	births []Birth
	// layouts are those after the birth's, ordered by (number, sealed, hash); none below the greatest that
	// is sealed.
	layouts []candidate
	// follows is what each node said last.
	follows map[ring.NodeID]follow
	// buckets holds the settings of those buckets that were given any.
	buckets map[string]settings
}

// candidate is a layout that somebody committed, and whether all of its members are known to follow it.
type candidate struct {
	layout *ring.Layout
	sealed bool
}

// compare orders rivals: by number, then the sealed before the unsealed, then by hash.
func (c candidate) compare(o candidate) int {
	if by := cmp.Compare(c.layout.Number(), o.layout.Number()); by != 0 {
		return by
	}
	if c.sealed != o.sealed {
		if c.sealed {
			return 1
		}
		return -1
	}
	return c.layout.Compare(o.layout)
}

// Merge is what two nodes know together.
func (s State) Merge(o State) State {
	return State{
		births:  mergeBirths(s.births, o.births),
		layouts: mergeLayouts(s.layouts, o.layouts),
		follows: mergeFollows(s.follows, o.follows),
		buckets: mergeBuckets(s.buckets, o.buckets),
	}
}

// Equal says whether both know the same.
func (s State) Equal(o State) bool {
	return slices.EqualFunc(s.births, o.births, Birth.equal) &&
		slices.EqualFunc(s.layouts, o.layouts, func(a, b candidate) bool { return a.compare(b) == 0 }) &&
		maps.Equal(s.follows, o.follows) &&
		maps.Equal(s.buckets, o.buckets)
}

// Cluster is the sealed birth, if there is one: before that no node acts on any.
func (s State) Cluster() (Birth, bool) {
	if len(s.births) == 1 && s.births[0].Sealed {
		return s.births[0], true
	}
	return Birth{}, false
}

// Layout is the present one: the greatest candidate, or the birth's. It is nil before the cluster's birth.
func (s State) Layout() *ring.Layout {
	if len(s.layouts) > 0 {
		return s.layouts[len(s.layouts)-1].layout
	}
	if b, ok := s.Cluster(); ok {
		return b.Layout
	}
	return nil
}

// withLayout adds a layout that somebody named.
func (s State) withLayout(l *ring.Layout) State {
	s.layouts = mergeLayouts(s.layouts, []candidate{{l, false}})
	return s
}

// mergeLayouts is the union of both, less what lies below the greatest sealed one.
func mergeLayouts(a, b []candidate) []candidate {
	all := map[[16]byte]candidate{}
	for _, c := range slices.Concat(a, b) {
		hash := c.layout.Hash()
		c.sealed = c.sealed || all[hash].sealed
		all[hash] = c
	}
	merged := slices.SortedFunc(maps.Values(all), candidate.compare)
	for i := len(merged) - 1; i > 0; i-- {
		if merged[i].sealed {
			merged = merged[i:]
			break
		}
	}
	if over := len(merged) - layoutsMax; over > 0 {
		merged = merged[over:]
	}
	return merged
}

// lowest keeps the entries with the first keys, at most limit of them.
func lowest[K cmp.Ordered, V any](m map[K]V, limit int) map[K]V {
	if len(m) <= limit {
		return m
	}
	for _, k := range slices.Sorted(maps.Keys(m))[limit:] {
		delete(m, k)
	}
	return m
}
