package trees

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// Depth is the level at which all trees keep their sums.
const Depth = antientropy.DefaultDepth

// Forest is the trees of all ranges of one store, in memory. A range that holds nothing needs none: its tree
// comes into being when it is first asked for. All methods may be called concurrently, but for the one writer
// that After and Apply are for.
type Forest struct {
	secret     antientropy.Secret
	partitions int

	mu    sync.RWMutex
	trees map[node.Range]*antientropy.Tree
}

// Change is what one write does to the tree of its range. The zero Change does nothing.
type Change struct {
	Range node.Range
	Delta antientropy.Delta
}

// IsZero says whether the change does nothing.
func (c Change) IsZero() bool { return c.Delta.Xor.IsZero() }

// Leaf is a stored leaf of a range's tree. One whose sum is zero is not to be stored.
type Leaf struct {
	Range node.Range
	antientropy.Leaf
}

// New is the forest of a store that holds nothing, on a ring of that many partitions, a power of two up to
// 65,536. The secret is the cluster's.
func New(secret antientropy.Secret, partitions int) *Forest {
	return &Forest{secret: secret, partitions: partitions, trees: make(map[node.Range]*antientropy.Tree)}
}

// Secret keys the sums.
func (f *Forest) Secret() antientropy.Secret { return f.secret }

// Partitions is the size of the ring.
func (f *Forest) Partitions() int { return f.partitions }

// Tree is the tree of a range, which stays the same one from then on. It fails where the ring has no such
// partition.
func (f *Forest) Tree(r node.Range) (*antientropy.Tree, error) {
	f.mu.RLock()
	t := f.trees[r]
	f.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	extent, err := antientropy.NewExtent(r.Partition, f.partitions)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if t = f.trees[r]; t == nil {
		t = antientropy.NewTree(extent, Depth)
		f.trees[r] = t
	}
	return t, nil
}

// Load puts a range's stored leaves, in ascending order, in the place of its tree. It is for a forest that
// nobody else uses yet. Errors wrap antientropy.ErrDamaged where the leaves are none of a tree.
func (f *Forest) Load(r node.Range, leaves []antientropy.Leaf) error {
	extent, err := antientropy.NewExtent(r.Partition, f.partitions)
	if err != nil {
		return err
	}
	t, err := antientropy.Load(extent, Depth, leaves)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trees[r] = t
	return nil
}

// Change computes what it does that a key's versions become others. Either set may be empty.
func (f *Forest) Change(key node.Key, before, after clock.Set) Change {
	r := key.RangeOf(f.partitions)
	return Change{r, f.tree(r).Delta(key.Position, f.Sum(key, before), f.Sum(key, after))}
}

// Add takes a key with this sum in, while a forest is built from data.
func (f *Forest) Add(key node.Key, sum antientropy.Sum) {
	t := f.tree(key.RangeOf(f.partitions))
	t.Apply([]antientropy.Delta{t.Delta(key.Position, antientropy.Sum{}, sum)})
}

// tree is Tree for the range of a key, which is always one of the ring.
func (f *Forest) tree(r node.Range) *antientropy.Tree {
	t, err := f.Tree(r)
	if err != nil {
		panic(err)
	}
	return t
}

// After gives the leaves that the changes would leave behind, ordered within their range. The changes may
// come in any order, and many may touch one leaf.
func (f *Forest) After(changes []Change) []Leaf {
	ordered := slices.Clone(changes)
	slices.SortFunc(ordered, func(a, b Change) int { return compareRanges(a.Range, b.Range) })
	out := make([]Leaf, 0, len(ordered))
	var deltas []antientropy.Delta
	for begin, end := 0, 0; begin < len(ordered); begin = end {
		r := ordered[begin].Range
		deltas = deltas[:0]
		for end = begin; end < len(ordered) && ordered[end].Range == r; end++ {
			deltas = append(deltas, ordered[end].Delta)
		}
		for _, leaf := range f.tree(r).After(deltas) {
			out = append(out, Leaf{r, leaf})
		}
	}
	return out
}

// Apply takes the changes in.
func (f *Forest) Apply(changes []Change) {
	for _, c := range changes {
		if !c.IsZero() {
			f.tree(c.Range).Apply([]antientropy.Delta{c.Delta})
		}
	}
}

// Leaves lists all leaves that are not zero, by n, partition and index. The caller owns the slice.
func (f *Forest) Leaves() []Leaf {
	f.mu.RLock()
	all := maps.Clone(f.trees)
	f.mu.RUnlock()
	var out []Leaf
	for _, r := range slices.SortedFunc(maps.Keys(all), compareRanges) {
		for _, leaf := range all[r].Leaves() {
			out = append(out, Leaf{r, leaf})
		}
	}
	return out
}

// Clone is a forest of its own with the same leaves.
func (f *Forest) Clone() *Forest {
	c := New(f.secret, f.partitions)
	for _, leaf := range f.Leaves() {
		c.tree(leaf.Range).Apply([]antientropy.Delta{{Leaf: leaf.Index, Xor: leaf.Sum}})
	}
	return c
}

// Between gives the changes that turn one list of leaves into another: none where they are equal. Both are
// ordered as Leaves gives them.
func Between(from, to []Leaf) []Change {
	var out []Change
	for len(from)+len(to) > 0 {
		var c Change
		switch order := compareLeaves(from, to); {
		case order < 0:
			c, from = change(from[0], antientropy.Sum{}), from[1:]
		case order > 0:
			c, to = change(to[0], antientropy.Sum{}), to[1:]
		default:
			c, from, to = change(from[0], to[0].Sum), from[1:], to[1:]
		}
		if !c.IsZero() {
			out = append(out, c)
		}
	}
	return out
}

func change(l Leaf, other antientropy.Sum) Change {
	return Change{l.Range, antientropy.Delta{Leaf: l.Index, Xor: l.Sum.Xor(other)}}
}

// compareLeaves compares the first leaves of two lists; an empty list stands behind all.
func compareLeaves(a, b []Leaf) int {
	switch {
	case len(a) == 0:
		return +1
	case len(b) == 0:
		return -1
	}
	return cmp.Or(compareRanges(a[0].Range, b[0].Range), cmp.Compare(a[0].Index, b[0].Index))
}

func compareRanges(a, b node.Range) int {
	return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Partition, b.Partition))
}
