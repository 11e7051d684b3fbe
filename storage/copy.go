package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

var _ node.Trees = (*Store)(nil)

// Copy is the range's tree, which holds every write that is on disk, and its keys as they are on disk when
// they are listed. It may be used until the store is closed. The error wraps ErrNoTrees where there are none.
func (s *Store) Copy(r node.Range) (*antientropy.Copy, error) {
	f := s.forest.Load()
	if f == nil {
		return nil, fmt.Errorf("partition %d, n=%d: %w", r.Partition, r.N, ErrNoTrees)
	}
	tree, err := f.Tree(r)
	if err != nil {
		return nil, err
	}
	return antientropy.NewCopy(tree, s.keysOf(f, r.N)), nil
}

// keysOf lists the keys of one n, page by page, at one moment.
func (s *Store) keysOf(f *trees.Forest, n int) antientropy.List {
	return func(ctx context.Context, from antientropy.Key, last uint64) iter.Seq2[antientropy.KeyState, error] {
		return func(yield func(antientropy.KeyState, error) bool) {
			if err := s.users.enter(); err != nil {
				yield(antientropy.KeyState{}, err)
				return
			}
			defer s.users.leave()
			now := s.snaps.take()
			defer s.snaps.giveBack(now)
			err := s.states(ctx, now.ts, n, from, last, f, func(k antientropy.KeyState) bool { return yield(k, nil) })
			if err != nil {
				yield(antientropy.KeyState{}, err)
			}
		}
	}
}

// CheckTrees reads all records and says whether the trees, in memory and on disk, are theirs. Writes wait for
// a moment at its begin. The error names a range that is wrong; it wraps ErrNoTrees where there are no trees.
// A damaged record that is still counted makes its range wrong: see MendTree.
func (s *Store) CheckTrees(ctx context.Context) error {
	if err := s.users.enter(); err != nil {
		return err
	}
	defer s.users.leave()
	now, f, err := s.atRest(ctx)
	if err != nil {
		return err
	}
	defer s.snaps.giveBack(now.snapshot)
	onDisk, err := s.readLeaves(now.ts)
	if err != nil {
		return err
	}
	_, why := onDisk.forest(f.Secret(), f.Partitions())
	if why != "" {
		return fmt.Errorf("the stored hash trees cannot be used: %s", why)
	}
	grown, err := s.grow(ctx, now.ts, f.Secret(), f.Partitions())
	if err != nil {
		return err
	}
	want := grown.Leaves()
	return errors.Join(differ("in memory", now.leaves, want), differ("on disk", onDisk.leaves, want))
}

func differ(where string, have, want []trees.Leaf) error {
	between := trees.Between(have, want)
	if len(between) == 0 {
		return nil
	}
	r := between[0].Range
	return fmt.Errorf("%d leaves of hash trees %s are not those of the records, the first in partition %d, n=%d",
		len(between), where, r.Partition, r.N)
}
