package memory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// ErrNoTreeKey is the answer of Copy and CheckTrees before SetTreeKey.
var ErrNoTreeKey = errors.New("the trees have no secret yet: the node belongs to no cluster")

var _ node.Trees = (*Store)(nil)

// SetTreeKey tells the secret that keys the hash trees: the cluster's. The disk keeps it; the same one again
// is nothing new, and another one is refused. Trees of what is held already are made at once.
func (s *Store) SetTreeKey(secret antientropy.Secret) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if f := s.disk.state.forest; f != nil {
		if f.Secret() != secret {
			return errors.New("the disk has trees of another secret: it is of another cluster; use an empty one")
		}
		return nil
	}
	if err := s.disk.refusal(); err != nil {
		return err
	}
	s.disk.state.forest = s.disk.grow(secret, s.opts.Partitions)
	return nil
}

// plant makes trees anew that are those of a ring of another size.
func (d *Disk) plant(partitions int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.state.forest; f != nil && f.Partitions() != partitions {
		d.state.forest = d.grow(f.Secret(), partitions)
	}
}

// grow makes the trees of all that is on the disk. The caller holds the lock.
func (d *Disk) grow(secret antientropy.Secret, partitions int) *trees.Forest {
	f := trees.New(secret, partitions)
	for key, rec := range d.state.records {
		f.Add(key, f.Sum(key, rec.Versions))
	}
	return f
}

// Copy is the range's tree and its keys, as they are on disk.
func (s *Store) Copy(r node.Range) (*antientropy.Copy, error) {
	var copied *antientropy.Copy
	err := s.trees(func(f *trees.Forest) error {
		tree, err := f.Tree(r)
		if err == nil {
			copied = antientropy.NewCopy(tree, s.list(f, r))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the tree of partition %d, n=%d: %w", r.Partition, r.N, err)
	}
	return copied, nil
}

// CheckTrees says whether the trees are those of the records on disk.
func (s *Store) CheckTrees(context.Context) error {
	return s.trees(func(f *trees.Forest) error {
		if between := trees.Between(s.disk.grow(f.Secret(), f.Partitions()).Leaves(), f.Leaves()); len(between) > 0 {
			return fmt.Errorf("%d leaves of trees are not those of the records, first in partition %d, n=%d",
				len(between), between[0].Range.Partition, between[0].Range.N)
		}
		return nil
	})
}

// trees calls do with the trees, with both locks held.
func (s *Store) trees(do func(*trees.Forest) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.fault != nil {
		return s.disk.fault
	}
	s.settle()
	if s.disk.state.forest == nil {
		return ErrNoTreeKey
	}
	return do(s.disk.state.forest)
}

// list lists the range's keys as they are on disk when it is called; damaged ones are left out.
func (s *Store) list(f *trees.Forest, r node.Range) antientropy.List {
	return func(_ context.Context, from antientropy.Key, last uint64) iter.Seq2[antientropy.KeyState, error] {
		var keys []antientropy.KeyState
		err := s.trees(func(*trees.Forest) error {
			for key, rec := range s.disk.state.records {
				_, damaged := s.disk.damaged[key]
				if key.RangeOf(f.Partitions()) != r || key.Position > last || rec.IsEmpty() || damaged {
					continue
				}
				if k := trees.Key(key); k.Compare(from) >= 0 {
					keys = append(keys, antientropy.KeyState{Key: k, Sum: f.Sum(key, rec.Versions)})
				}
			}
			return nil
		})
		slices.SortFunc(keys, func(a, b antientropy.KeyState) int { return a.Compare(b.Key) })
		return func(yield func(antientropy.KeyState, error) bool) {
			if err != nil {
				yield(antientropy.KeyState{}, err)
				return
			}
			for _, k := range keys {
				if !yield(k, nil) {
					return
				}
			}
		}
	}
}
