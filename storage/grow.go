package storage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/folder"
	"github.com/kindreddb/kindred/storage/trees"
)

// Trees are made of the data only where there were none: when the secret becomes known after something was
// stored, and where the stored leaves are not to be trusted. From then on each write's transaction carries
// the leaves that it changes. Nothing is written while trees are being made: the gate is closed.

// ErrNoTrees is the answer of Copy and CheckTrees where there are no trees: the secret is not known yet, or a
// full disk holds up their making.
var ErrNoTrees = errors.New("the store has no hash trees yet")

// treeKeyState is the name under which the folder keeps the secret.
const treeKeyState = "tree-key"

// SetTreeKey tells the secret that keys the hash trees: the cluster's. The folder keeps it, so that the next
// start has trees at once; the same one again is nothing new, and another one is refused. Where something is
// stored already, all of it is read, and writes wait meanwhile.
func (s *Store) SetTreeKey(secret antientropy.Secret) error {
	if err := s.users.enter(); err != nil {
		return err
	}
	defer s.users.leave()
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.secret != nil {
		if *s.secret != secret {
			return fmt.Errorf("data folder %s has hash trees of another secret: it is of another cluster; give the node another folder, or join the cluster that the folder is of", s.folder.Dir())
		}
		return nil
	}
	if err := s.folder.SaveState(treeKeyState, secret[:]); err != nil {
		return spaceError(err)
	}
	s.secret = &secret
	return s.plant(context.Background(), false)
}

// openTrees takes up the trees at the start. Without the secret nobody can keep the stored ones up to date:
// they are disowned before the first write.
func (s *Store) openTrees(ctx context.Context) error {
	b, err := s.folder.LoadState(treeKeyState)
	switch {
	case folder.Damaged(err) || err == nil && b != nil && len(b) != len(antientropy.Secret{}):
		s.log.Warn("the secret of the hash trees is damaged in this folder: it is learnt from the cluster again", "error", err)
	case err != nil:
		return err
	case b != nil:
		secret := antientropy.Secret(b)
		s.secret = &secret
		return s.plant(ctx, s.shaken)
	}
	return s.disown()
}

// plant gives the store its trees: the stored ones, or, where those are not of what it holds or are not
// trusted, ones made of the data. The caller has closed the gate.
func (s *Store) plant(ctx context.Context, distrusted bool) error {
	s.owed.Store(true)
	if err := s.settle(ctx); err != nil {
		return err
	}
	now := s.snaps.take()
	defer s.snaps.giveBack(now)
	partitions := int(s.partitions.Load())
	stored, err := s.readLeaves(now.ts)
	if err != nil {
		return err
	}
	forest, why := stored.forest(*s.secret, partitions)
	if distrusted {
		forest, why = nil, "the database is not what it was"
	}
	if forest == nil {
		if s.space.full.Load() {
			s.log.Warn("hash trees cannot be made on a full disk: there is no anti-entropy until it has room", "folder", s.folder.Dir(), "why", why)
			return nil
		}
		if forest, err = s.grow(ctx, now.ts, *s.secret, partitions); err != nil {
			return fmt.Errorf("make the hash trees of %s: %w", s.folder.Dir(), err)
		}
		if len(forest.Leaves()) > 0 {
			s.log.Info("hash trees were made of the data", "folder", s.folder.Dir(), "leaves", len(forest.Leaves()), "why", why)
		}
		if err := s.storeForest(ctx, forest, stored); err != nil {
			return fmt.Errorf("store the hash trees of %s: %w", s.folder.Dir(), err)
		}
	}
	s.forest.Store(forest)
	s.owed.Store(false)
	return nil
}

// plantOwed makes the trees that a full disk, or a failure, held up, before anything is written without them.
func (s *Store) plantOwed() error {
	if !s.owed.Load() {
		return nil
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if !s.owed.Load() {
		return nil
	}
	return s.plant(context.Background(), true)
}

// grow makes trees of the data at the moment ts.
func (s *Store) grow(ctx context.Context, ts uint64, secret antientropy.Secret, partitions int) (*trees.Forest, error) {
	f := trees.New(secret, partitions)
	for n := 1; n <= math.MaxUint8; n++ {
		err := s.states(ctx, ts, n, antientropy.Key{}, math.MaxUint64, f, func(k antientropy.KeyState) bool {
			f.Add(node.Key{N: n, Position: k.Position}, k.Sum)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// storeForest writes the leaves, and then of what they are: a crash in between leaves leaves that nothing
// vouches for.
func (s *Store) storeForest(ctx context.Context, f *trees.Forest, stored storedLeaves) error {
	keep := make(map[string]bool)
	var puts []put
	for _, leaf := range f.Leaves() {
		p := leafPut(leaf)
		keep[string(p.key)] = true
		puts = append(puts, p)
	}
	for _, key := range stored.keys {
		if !keep[string(key)] {
			puts = append(puts, put{key: key})
		}
	}
	puts = append(puts, put{rootsKey, seal(rootsKey, rootsOf(f.Secret(), f.Partitions()).encode())})
	pieces := cut(puts, s.limits.piece)
	if len(pieces) > 1 && stored.of != "" {
		pieces = slices.Insert(pieces, 0, []put{{key: rootsKey}})
	}
	return s.lay(ctx, pieces)
}

// disown forgets of what the stored leaves are.
func (s *Store) disown() error {
	now := s.snaps.take()
	stored, err := s.readLeaves(now.ts)
	s.snaps.giveBack(now)
	if err != nil || stored.of == "" {
		return err
	}
	return s.lay(context.Background(), [][]put{{{key: rootsKey}}})
}

// lay writes entries in that order, each piece in one transaction.
func (s *Store) lay(ctx context.Context, pieces [][]put) error {
	for _, piece := range pieces {
		o := newOp(node.Range{}, piece)
		o.soon = true
		if err := s.submit(ctx, o); err != nil {
			return err
		}
	}
	return nil
}
