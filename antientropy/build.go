package antientropy

import (
	"context"
	"fmt"
	"slices"
)

// Load makes a tree of its stored leaves: those that are not zero, in ascending order, as Leaves and After give
// them. It refuses others, which are damage.
func Load(extent Extent, depth int, leaves []Leaf) (*Tree, error) {
	t := NewTree(extent, depth)
	for i, leaf := range leaves {
		switch {
		case leaf.Index >= spansOf(depth):
			return nil, fmt.Errorf("%w: %s has a leaf %d, and %d is the last", ErrDamaged, extent, leaf.Index, spansOf(depth)-1)
		case i > 0 && leaf.Index <= leaves[i-1].Index:
			return nil, fmt.Errorf("%w: in %s leaf %d stands behind leaf %d", ErrDamaged, extent, leaf.Index, leaves[i-1].Index)
		case leaf.Sum.IsZero():
			return nil, fmt.Errorf("%w: leaf %d of %s is stored and says that there is nothing", ErrDamaged, leaf.Index, extent)
		}
		t.add(leaf.Index, leaf.Sum)
	}
	return t, nil
}

// Rebuild makes a tree of the keys themselves: what a stored tree must be equal to, and what replaces one that is
// damaged. It reads the whole range. Errors are the listing's own, or those of ctx.
func Rebuild(ctx context.Context, extent Extent, depth int, list List) (*Tree, error) {
	t := NewTree(extent, depth)
	first, last := extent.Bounds(Span{})
	err := list.each(ctx, Key{Position: first}, last, func(k KeyState) bool {
		t.add(extent.Span(depth, k.Position).Index, k.Sum)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("antientropy: rebuild the tree of %s: %w", extent, err)
	}
	return t, nil
}

// Merge takes the keys of another tree in. Their sets of keys must be disjoint: a key that is in both with one state
// is in neither afterwards. Both trees have the same extent and depth, else it is an error and nothing changes.
func (t *Tree) Merge(other *Tree) error {
	if t.extent != other.extent || t.depth != other.depth {
		return fmt.Errorf("antientropy: a tree of %s and depth %d cannot take in one of %s and depth %d", t.extent, t.depth, other.extent, other.depth)
	}
	leaves := other.Leaves() // before the lock is taken: two trees may be merged into each other
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, leaf := range leaves {
		t.add(leaf.Index, leaf.Sum)
	}
	return nil
}

// Differing lists the leaves in which two trees of the same extent and depth differ, in ascending order: none where
// they are equal. It is how a scrub finds where a stored tree and the keys part. The caller owns the slice.
func (t *Tree) Differing(other *Tree) ([]uint32, error) {
	both := NewTree(t.extent, t.depth)
	for _, one := range []*Tree{t, other} {
		if err := both.Merge(one); err != nil {
			return nil, err
		}
	}
	var indices []uint32
	for _, leaf := range both.Leaves() {
		indices = append(indices, leaf.Index)
	}
	return slices.Clip(indices), nil
}
