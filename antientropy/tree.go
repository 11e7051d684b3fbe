package antientropy

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

const (
	// DefaultDepth is the level at which a tree keeps its sums, unless there is a reason for another: 64 sums a
	// range, 1 KiB.
	DefaultDepth = 1
	// DepthMax is the deepest level at which a tree can keep sums: 4,096 of them, 64 KiB a range. It is for nodes
	// that hold so many keys that summing a span of level 1 takes long.
	DepthMax = 2
)

// Tree holds the sums of one copy of a range: those of the spans at its depth, its leaves, and what follows from
// them for the levels above. A part without keys takes no memory.
//
// All methods may be called concurrently. Writes have one owner, who takes them in this order, so that what is on
// disk, what the tree says and what others are told are never at odds, and no two batches overwrite each other's
// leaf:
//
//	leaves := tree.After(deltas)   the new sums, to be written in the transaction of the keys
//	                               (the transaction is on disk)
//	tree.Apply(deltas)             from here on the tree says so
type Tree struct {
	extent Extent
	depth  int

	mu     sync.RWMutex
	root   Sum
	blocks map[uint32]*block // by the index of the leaves' parent; those that hold nothing are left out
}

// block is the leaves of one parent.
type block struct {
	sum    Sum // of all leaves
	leaves [FanOut]Sum
	used   int // leaves that are not zero
}

// Leaf is one span's sum at a tree's depth.
type Leaf struct {
	Index uint32
	Sum   Sum
}

// Delta is what a write does to a tree: a value, computed where the write is, applied where the tree is.
type Delta struct {
	Leaf uint32
	// Xor is the key's old sum and its new one.
	Xor Sum
}

// NewTree is the tree of a copy that holds nothing. It panics on a depth other than 1 to DepthMax.
func NewTree(extent Extent, depth int) *Tree {
	if depth < 1 || depth > DepthMax {
		panic(fmt.Sprintf("antientropy: a tree of depth %d: 1 to %d is possible", depth, DepthMax))
	}
	return &Tree{extent: extent, depth: depth, blocks: map[uint32]*block{}}
}

// Extent is what the tree covers.
func (t *Tree) Extent() Extent { return t.extent }

// Depth is the level of the tree's leaves.
func (t *Tree) Depth() int { return t.depth }

// Delta is the change that a write makes. before and after are the key's sums: Hash of its old and new state, zero
// where it was or is not held. It panics on a position outside of the tree's extent: the caller has taken the
// wrong tree.
func (t *Tree) Delta(position uint64, before, after Sum) Delta {
	if !t.extent.Contains(position) {
		panic(fmt.Sprintf("antientropy: position %#x is not in %s", position, t.extent))
	}
	return Delta{t.extent.Span(t.depth, position).Index, before.Xor(after)}
}

// After gives the leaves that the deltas would change, with the sums that they would then have, in ascending order.
// A leaf whose sum is zero is not to be stored: nothing is in it. The caller owns the slice; deltas stay as they are.
func (t *Tree) After(deltas []Delta) []Leaf {
	ordered := slices.Clone(deltas)
	slices.SortFunc(ordered, func(a, b Delta) int { return cmp.Compare(a.Leaf, b.Leaf) })
	t.mu.RLock()
	defer t.mu.RUnlock()
	var leaves []Leaf
	for len(ordered) > 0 {
		index, xor := ordered[0].Leaf, Sum{}
		for len(ordered) > 0 && ordered[0].Leaf == index {
			xor, ordered = xor.Xor(ordered[0].Xor), ordered[1:]
		}
		if !xor.IsZero() {
			leaves = append(leaves, Leaf{index, t.leaf(index).Xor(xor)})
		}
	}
	return leaves
}

// Apply takes the deltas in.
func (t *Tree) Apply(deltas []Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range deltas {
		t.add(d.Leaf, d.Xor)
	}
}

// Root is the sum of all keys.
func (t *Tree) Root() Sum {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.root
}

// Leaves lists the leaves that are not zero at one moment, in ascending order. The caller owns the slice.
func (t *Tree) Leaves() []Leaf {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var leaves []Leaf
	for parent, b := range t.blocks {
		for i, sum := range b.leaves {
			if !sum.IsZero() {
				leaves = append(leaves, Leaf{parent*FanOut + uint32(i), sum})
			}
		}
	}
	slices.SortFunc(leaves, func(a, b Leaf) int { return cmp.Compare(a.Index, b.Index) })
	return leaves
}

// childrenOf gives the sums of a span's children, which lie at the tree's depth or above.
func (t *Tree) childrenOf(s Span) (sums [FanOut]Sum) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	children := s.children()
	if int(children.Level) == t.depth {
		if b := t.blocks[s.Index]; b != nil {
			return b.leaves
		}
		return sums
	}
	for i := range sums { // the level above the leaves: that of the blocks
		if b := t.blocks[children.Index+uint32(i)]; b != nil {
			sums[i] = b.sum
		}
	}
	return sums
}

// leaf and add are called under the lock.

func (t *Tree) leaf(index uint32) Sum {
	if b := t.blocks[index/FanOut]; b != nil {
		return b.leaves[index%FanOut]
	}
	return Sum{}
}

func (t *Tree) add(index uint32, xor Sum) {
	if xor.IsZero() {
		return
	}
	b := t.blocks[index/FanOut]
	if b == nil {
		b = new(block)
		t.blocks[index/FanOut] = b
	}
	leaf := &b.leaves[index%FanOut]
	if leaf.IsZero() {
		b.used++
	}
	*leaf = leaf.Xor(xor)
	if leaf.IsZero() {
		b.used--
	}
	b.sum, t.root = b.sum.Xor(xor), t.root.Xor(xor)
	if b.used == 0 {
		delete(t.blocks, index/FanOut)
	}
}
