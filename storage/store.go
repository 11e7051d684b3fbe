package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/folder"
	"github.com/kindreddb/kindred/storage/keylock"
	"github.com/kindreddb/kindred/storage/trees"
	"golang.org/x/sys/unix"
)

// ErrClosed is the answer of a store that was closed.
var ErrClosed = errors.New("the store is closed")

// Store is a node.Store on disk. All methods may be called concurrently.
type Store struct {
	opts    Options
	folder  *folder.Folder
	log     *slog.Logger
	db      *database
	locks   keylock.Table
	book    *actors.Book
	snaps   *snapshots
	books   *books
	over    *overlay
	space   space
	limits  limits
	commits *committer
	doubts  []string
	shaken  bool // there are doubts about what lies in the database

	// gate is open (read-locked) for a change from where its part in the trees is computed until it is on its
	// way to the disk, in sync mode on it. It is closed while trees are made.
	gate    sync.RWMutex
	secret  *antientropy.Secret // under gate; nil until it is known
	forest  atomic.Pointer[trees.Forest]
	mending sync.Mutex  // held by MendTree
	owed    atomic.Bool // the secret is known, and there are no trees yet

	partitions atomic.Int64
	fixed      atomic.Bool // whether the folder knows the partitions

	users  users
	quit   chan struct{} // ends the housekeeping
	house  sync.WaitGroup
	writer sync.WaitGroup
}

var _ node.Store = (*Store)(nil)

// Durable says whether the store is in sync mode.
func (s *Store) Durable() bool { return s.opts.Interval == 0 }

// Doubts says, in words, why this start made the node forget that it knew anything; empty in good times.
// All ranges then count as incomplete, and all actors are fresh.
func (s *Store) Doubts() []string { return s.doubts }

// SetPartitions sets the size of the ring, once the cluster that the node has joined is known. It fails when
// something was stored for a ring of another size.
func (s *Store) SetPartitions(partitions int) error {
	o := s.opts
	o.Partitions = partitions
	if err := o.validate(); err != nil {
		return err
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.fixed.Load() {
		return s.folder.FixPartitions(partitions)
	}
	if s.partitions.Swap(int64(partitions)) == int64(partitions) || s.secret == nil {
		return nil
	}
	s.forest.Store(nil)
	return s.plant(context.Background(), false)
}

// fixPartitions has the folder remember the size of the ring, before the first thing is stored that depends
// on it.
func (s *Store) fixPartitions() error {
	if s.fixed.Load() {
		return nil
	}
	s.gate.RLock() // SetPartitions waits
	defer s.gate.RUnlock()
	if err := s.folder.FixPartitions(int(s.partitions.Load())); err != nil {
		return spaceError(err)
	}
	s.fixed.Store(true)
	return nil
}

// spaceError marks an error of a full disk as what it is.
func spaceError(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", node.ErrDiskFull, err)
	}
	return err
}

// users counts the calls under way, so that the database outlives them.
type users struct {
	mu     sync.Mutex
	count  int
	closed bool
	idle   *sync.Cond
}

// enter admits a call; leave must follow.
func (u *users) enter() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return ErrClosed
	}
	u.count++
	return nil
}

func (u *users) leave() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count--; u.count == 0 && u.idle != nil {
		u.idle.Broadcast()
	}
}

// close admits nobody more and waits until all have left. It says whether it was the first to do so.
func (u *users) close() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := !u.closed
	u.closed = true
	if u.idle == nil {
		u.idle = sync.NewCond(&u.mu)
	}
	for u.count > 0 {
		u.idle.Wait()
	}
	return first
}

// Stats are figures for people and for metrics, in constant memory and without reading the disk.
func (s *Store) Stats() node.StoreStats {
	stats := s.books.stats(s.over.figures())
	stats.Damaged = int64(s.db.damages.count())
	stats.Commits, stats.WrittenBytes = int64(s.commits.commits.Load()), s.commits.bytes.Load()
	stats.FreeBytes, stats.Full = s.space.free.Load(), s.space.full.Load()
	return stats
}

// Claims lists the actors that await confirmation since the start.
func (s *Store) Claims() []node.ActorClaim { return s.book.Claims() }

// Confirm lets claimed actors be used again, unless a higher number of them was held meanwhile.
func (s *Store) Confirm(claims []node.ActorClaim) error {
	if err := s.users.enter(); err != nil {
		return err
	}
	defer s.users.leave()
	if err := s.settle(context.Background()); err != nil {
		return err
	}
	return spaceError(s.book.Confirm(claims, s.highest))
}

// Knows says whether the copy of the range is complete. A new folder knows nothing.
func (s *Store) Knows(r node.Range) bool { return s.folder.Knows(r) }

// SetKnows stores whether the copy of the range is complete.
func (s *Store) SetKnows(r node.Range, complete bool) error {
	if err := s.fixPartitions(); err != nil {
		return err
	}
	return spaceError(s.folder.SetKnows(r, complete))
}

// SetKnowsAll stores it for every range.
func (s *Store) SetKnowsAll(complete bool) error { return spaceError(s.folder.SetKnowsAll(complete)) }

// settle returns when all that was acknowledged before is on disk.
func (s *Store) settle(ctx context.Context) error {
	if s.Durable() {
		return nil
	}
	barrier := newOp(node.Range{}, nil)
	barrier.soon = true
	return s.submit(ctx, barrier)
}
