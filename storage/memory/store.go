package memory

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/keylock"
)

// ErrClosed is the answer of a store that was closed or crashed.
var ErrClosed = errors.New("the store is closed")

// Options set up a Store. The zero Options are a store in sync mode that syncs in no time.
type Options struct {
	// Partitions of the ring, a power of two; 0 means 256.
	Partitions int
	// Interval is 0 in sync mode. In interval mode updates are acknowledged before they are on disk, and a
	// crash loses those that are younger.
	Interval time.Duration
	// SyncDelay gives how long the next sync takes; nil means no time.
	SyncDelay func() time.Duration
	// Rand gives random numbers for fresh actors; nil means true chance.
	Rand func() uint64
	// Block is how many numbers an actor reserves at a time; 0 means actors.DefaultBlock.
	Block uint64
	// InlineMax is the size in bytes up to which contents are at hand in an update; 0 means 1 KiB.
	InlineMax int
}

// Store is a node.Store on a Disk.
type Store struct {
	opts  Options
	disk  *Disk
	locks keylock.Table
	book  *actors.Book

	mu             sync.Mutex
	closed         bool
	pending        []write // interval mode: acknowledged, in order, not yet on disk
	commits, bytes int64   // writes since Open, and what they held
}

var _ node.Store = (*Store)(nil)

// Open opens a store on the disk, which nobody else may have open. After an unclean end in interval mode all
// ranges are unknown and all actors dropped.
func Open(disk *Disk, o Options) (*Store, error) {
	if o.Partitions == 0 {
		o.Partitions = 256
	}
	if o.Partitions < 1 || o.Partitions&(o.Partitions-1) != 0 {
		return nil, fmt.Errorf("%d partitions: want a power of two", o.Partitions)
	}
	if o.SyncDelay == nil {
		o.SyncDelay = func() time.Duration { return 0 }
	}
	if o.Rand == nil {
		o.Rand = rand.Uint64
	}
	if o.InlineMax == 0 {
		o.InlineMax = 1 << 10
	}
	entries, err := disk.take(o.Interval > 0)
	if err != nil {
		return nil, err
	}
	disk.plant(o.Partitions)
	s := &Store{opts: o, disk: disk}
	if s.book, _, err = actors.Open(journal{s}, entries, s.HighestSeen, o.Rand, o.Block); err != nil {
		disk.release()
		return nil, err
	}
	return s, nil
}

// take gives the disk to one store, with what is left of its actors.
func (d *Disk) take(interval bool) ([]actors.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inUse {
		return nil, errors.New("another store is open on this disk: close it first")
	}
	if d.state.unclean {
		clear(d.state.actors)
		clear(d.state.exceptions)
		d.state.knows = false
	}
	d.inUse, d.state.unclean = true, interval
	return d.entries(), nil
}

func (d *Disk) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inUse = false
}

// journal is the actors' log of one store: a store that has crashed must not write over its successor's.
type journal struct{ s *Store }

func (j journal) Append(entries ...actors.Entry) error {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	if j.s.closed {
		return ErrClosed
	}
	return j.s.disk.reserve(entries)
}

// Close writes what is pending and lets the disk go. Closing twice does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	s.flush()
	s.closed, s.disk.inUse, s.disk.state.unclean = true, false, false
	return nil
}

// Crash ends the store as a power cut does: what is not on disk is lost, updates under way fail.
func (s *Store) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	s.settle()
	s.closed, s.pending, s.disk.inUse = true, nil, false
}

// Durable says whether the store is in sync mode.
func (s *Store) Durable() bool { return s.opts.Interval == 0 }

// Read returns the record of the key.
func (s *Store) Read(ctx context.Context, key node.Key, contentMax int) (node.Record, error) {
	if err := ctx.Err(); err != nil {
		return node.Record{}, err
	}
	rec, err := s.record(key)
	if err != nil {
		return node.Record{}, fmt.Errorf("read %q in %q: %w", key.Name, key.Bucket, err)
	}
	rec.Object = rec.Limit(contentMax)
	return rec, nil
}

// record is the whole record, as a reader may see it.
func (s *Store) record(key node.Key) (node.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return node.Record{}, ErrClosed
	}
	for i := len(s.pending) - 1; i >= 0; i-- {
		if s.pending[i].key == key {
			return s.pending[i].record, nil
		}
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.fault != nil {
		return node.Record{}, s.disk.fault
	}
	if counted, damaged := s.disk.damaged[key]; damaged {
		if !counted {
			s.disk.damages++
			s.disk.damaged[key] = true
		}
		return node.Record{}, node.ErrDamaged
	}
	return s.disk.state.records[key], nil
}
