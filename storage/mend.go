package storage

import (
	"context"
	"slices"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// MendTree makes the tree of a range that of its records, and says how many leaves were wrong. It is for what
// a scrub finds: a record that was lost or damaged is still counted in the tree as it was, and takes no part
// in a comparison; without it the tree differs from those of the other copies, and they are asked for it.
//
// What a lost record had added is not kept anywhere: it is what the tree holds beside the records that can be
// read. Taking that out is a change like any other, and commutes with those of writes: they go on meanwhile.
// The error wraps ErrNoTrees where there are no trees.
func (s *Store) MendTree(ctx context.Context, r node.Range) (leaves int, err error) {
	if err := s.users.enter(); err != nil {
		return 0, err
	}
	defer s.users.leave()
	s.mending.Lock() // two at a time would take the same out twice
	defer s.mending.Unlock()
	now, f, err := s.atRest(ctx)
	if err != nil {
		return 0, err
	}
	defer s.snaps.giveBack(now.snapshot)
	extent, err := antientropy.NewExtent(r.Partition, f.Partitions())
	if err != nil {
		return 0, err
	}
	grown := trees.New(f.Secret(), f.Partitions())
	first, last := extent.Bounds(antientropy.Span{})
	err = s.states(ctx, now.ts, r.N, antientropy.Key{Position: first}, last, f, func(k antientropy.KeyState) bool {
		grown.Add(node.Key{N: r.N, Position: k.Position}, k.Sum)
		return true
	})
	if err != nil {
		return 0, err
	}
	have := slices.DeleteFunc(now.leaves, func(l trees.Leaf) bool { return l.Range != r })
	changes := trees.Between(have, grown.Leaves())
	if len(changes) == 0 {
		return 0, nil
	}
	o := newOp(r, []put{{rootsKey, seal(rootsKey, rootsOf(f.Secret(), f.Partitions()).encode())}})
	o.trees, o.soon = changes, true
	return len(changes), s.submit(ctx, o)
}

// rest is a moment at which no change was under way.
type rest struct {
	*snapshot
	leaves []trees.Leaf // of all trees in memory
}

// atRest gives the trees and a moment at which they and the disk agree. The snapshot must be given back.
// Writes wait while it is taken.
func (s *Store) atRest(ctx context.Context) (rest, *trees.Forest, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.settle(ctx); err != nil {
		return rest{}, nil, err
	}
	f := s.forest.Load()
	if f == nil {
		return rest{}, nil, ErrNoTrees
	}
	return rest{s.snaps.take(), f.Leaves()}, f, nil
}
