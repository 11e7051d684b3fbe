package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/node"
)

// Dead values in value logs are found when tables are compacted, and tables come from full memtables. A
// memtable holds the names of many more bytes of large values than itself has: without help, overwriting
// large values would fill a disk long before the first one is compacted. So when much is dead, memtables are
// filled up with padding.
const (
	// levelZeroTables is how many tables Badger lets come together before it compacts them.
	levelZeroTables = 2
	// turnOverFiles is the dead space, in value log files, at which memtables are turned over.
	turnOverFiles = 16
	// turnOverRoom is the free space, in memtables, with which a turn-over is begun: each of those that it fills
	// is written to a log and to a table. padRoom is that with which it goes on: a log, a table, and one that
	// they are compacted to.
	turnOverRoom  = 2 * (levelZeroTables + 1)
	padRoom       = 3
	prefixPadding = 'p'
)

// collect frees the space of dead values, now and then.
func (s *Store) collect() {
	tick := time.NewTicker(s.opts.CollectEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-tick.C:
		}
		err := s.collectOnce()
		if s.db.panicked.Load() != nil {
			return // said by the store; what Badger holds locked now nobody knows
		}
		if err != nil {
			s.log.Warn("dead values could not be collected", "error", err)
		}
	}
}

// collectOnce rewrites value log files of which half is dead, one after the other.
func (s *Store) collectOnce() error {
	for {
		select {
		case <-s.quit:
			return nil
		default:
		}
		err := s.db.collect()
		if errors.Is(err, badger.ErrNoRewrite) || errors.Is(err, badger.ErrRejected) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// turnOverIfDue turns memtables over when much is dead; less will do when the disk is full, because nothing
// else frees it then.
func (s *Store) turnOverIfDue() {
	dead, due := s.commits.dead.Load(), turnOverFiles*s.opts.ValueLogFileBytes
	if s.space.full.Load() {
		due = s.opts.ValueLogFileBytes
	}
	if dead < due || s.commits.failed.Load() != nil || !s.roomFor(turnOverRoom) {
		return
	}
	if err := s.turnOver(); err != nil {
		s.log.Warn("memtables could not be turned over", "error", err)
		return
	}
	s.commits.dead.Add(-dead)
}

// roomFor asks whether the disk has room for so many memtables. Badger ends the process on a disk that has none.
func (s *Store) roomFor(memtables int64) bool {
	free, err := s.opts.free(s.folder.Dir())
	return err == nil && free >= memtables*s.opts.MemTableBytes
}

// errNoRoom ends a turn-over, and errStopping does because the store is being closed.
var (
	errNoRoom   = errors.New("the disk has become too full for it")
	errStopping = errors.New("the store is being closed")
)

// turnOver fills as many memtables as it takes to have their tables compacted. Others write in between.
func (s *Store) turnOver() error {
	var padding []put
	size := cost{}
	for i := 0; ; i++ {
		key := binary.BigEndian.AppendUint32([]byte{prefixPadding}, uint32(i))
		p := put{key, seal(key, make([]byte, valueThreshold-1024))}
		next := size.plus(putCost(p))
		if !next.fits(s.limits.piece) && i > 0 {
			break
		}
		padding, size = append(padding, p), next
	}
	for written := int64(0); written < (levelZeroTables+1)*s.opts.MemTableBytes; written += size.tree {
		select {
		case <-s.quit:
			return errStopping
		default:
		}
		if !s.roomFor(padRoom) {
			return errNoRoom
		}
		if err := s.pad(padding); err != nil {
			return err
		}
	}
	for i := range padding {
		padding[i].value = nil
	}
	return s.pad(padding)
}

func (s *Store) pad(padding []put) error {
	o := newOp(node.Range{}, padding)
	o.soon = true
	return s.submit(context.Background(), o)
}
