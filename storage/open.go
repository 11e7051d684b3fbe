package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/folder"
)

// Open opens the store in the folder. ctx bounds the opening only. The error says which path, what is wrong
// and what to do; it wraps ErrUnusable where the database cannot be opened.
//
// A database that holds less than it did, an end that was not in good order in interval mode, and whatever
// else makes memory doubtful is noticed here: see Doubts.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Store{opts: o, folder: o.Folder, log: o.Logger, limits: limitsOf(o), quit: make(chan struct{})}
	s.partitions.Store(int64(o.Partitions))
	if known := o.Folder.Identity().Partitions; known != 0 {
		if known != o.Partitions {
			return nil, fmt.Errorf("data folder %s holds data of a ring of %d partitions, not of %d", o.Folder.Dir(), known, o.Partitions)
		}
		s.fixed.Store(true)
	}
	var err error
	if s.db, err = openDatabase(o.Folder, o); err != nil {
		return nil, err
	}
	s.doubts = s.db.doubts
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.db.close())
	}
	return s, nil
}

// start reads what the database says of itself, draws conclusions, and starts the goroutines.
func (s *Store) start(ctx context.Context) error {
	free, files, err := s.opts.room()
	if err != nil {
		return err
	}
	s.space.look(free, files, s.opts.FreeBytesMin)
	m, err := s.readMeta()
	if err != nil {
		return err
	}
	s.books, s.over = newBooks(), newOverlay(s.opts.PendingBytesMax)
	s.snaps = newSnapshots(m.commits, s.db.SetDiscardTs)
	s.db.damages.total = m.damaged
	if err := s.loadBooks(); err != nil {
		return err
	}
	if m, err = s.judge(m); err != nil {
		return err
	}
	if err := s.claimActors(); err != nil {
		return err
	}
	if err := s.seal(m, true); err != nil {
		return err
	}
	s.commits = &committer{
		db: s.db, opts: s.opts, limit: s.limits.transaction, books: s.books, over: s.over, snaps: s.snaps,
		queue: make(chan *op, queueMax), kick: make(chan struct{}, 1), quit: make(chan struct{}),
		ended: make(chan struct{}), broken: make(chan struct{}),
		number: m.database, meta: m, crowded: s.lookAtSpace,
		forest: &s.forest,
	}
	if p := s.db.panicked.Load(); p != nil {
		return *p
	}
	s.db.alarm = func(why error) { _ = s.commits.fail(why) } // logged there
	s.writer.Go(s.commits.run)
	s.writer.Go(s.commits.watch)
	err = s.sweepAll(ctx)
	if err == nil {
		err = s.openTrees(ctx)
	}
	if err != nil {
		close(s.commits.quit)
		s.writer.Wait()
		return err
	}
	s.house.Go(s.keepHouse)
	s.house.Go(s.makeUp)
	s.house.Go(s.collect)
	s.house.Go(s.checkTables)
	return nil
}

// readMeta gives what the database says of itself; a new one is given its number here. The commits are at
// least those that Badger found.
func (s *Store) readMeta() (m meta, err error) {
	latest := s.db.MaxVersion()
	err = s.db.view(latest, func(txn *badger.Txn) error {
		payload, found, err := get(txn, metaKey)
		if err == nil && found {
			m, err = decodeMeta(payload)
		}
		return err
	})
	if errors.Is(err, node.ErrDamaged) {
		s.doubt("what the database says of itself is damaged")
	} else if err != nil {
		return meta{}, err
	}
	if m.commits != latest {
		s.doubt(fmt.Sprintf("the database says that it had %d commits, and its tables are of %d", m.commits, latest))
		m.commits = max(m.commits, latest)
	}
	return m, nil
}

func (s *Store) doubt(why string) { s.doubts = append(s.doubts, why) }

// loadBooks reads figures and highest numbers into memory.
func (s *Store) loadBooks() error {
	damaged := 0
	err := s.db.view(s.snaps.present(), func(txn *badger.Txn) error {
		damaged = 0
		for _, prefix := range []byte{prefixRange, prefixTarget, prefixSeen} {
			err := keysUnder(txn, []byte{prefix}, nil, func(item *badger.Item) (bool, error) {
				value, err := item.ValueCopy(nil)
				if err != nil {
					return false, err
				}
				payload, err := unseal(item.Key(), value)
				if err == nil {
					err = s.books.load(item.Key(), payload)
				}
				if err != nil {
					damaged++
				}
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if damaged > 0 {
		s.doubt(fmt.Sprintf("%d figures in the database are damaged", damaged))
	}
	return err
}

// judge compares the database with its witness. Where memory is doubtful the node forgets that it knew
// anything, before the witness is sealed anew.
func (s *Store) judge(m meta) (meta, error) {
	for _, finding := range s.folder.Findings() {
		s.log.Error("a file of the data folder is damaged", "error", finding)
	}
	w, lost := s.folder.Witness()
	switch {
	case lost && s.fixed.Load(): // who never stored anything has lost nothing
		s.doubt("the witness of the database is lost")
	case m.commits == 0 && w.Commits == 0: // an earlier run ended before its first commit
		m.database = w.Database
	case m.database != w.Database:
		s.doubt(fmt.Sprintf("the database is another one: %016x, not %016x", m.database, w.Database))
	case m.commits < w.Commits:
		s.doubt(fmt.Sprintf("the database holds %d commits, and had held %d", m.commits, w.Commits))
	}
	s.shaken = len(s.doubts) > 0
	if w.Open && w.Interval {
		s.doubt("the last run did not end in good order, in interval mode")
	}
	if len(s.doubts) > 0 {
		err := errors.Join(s.folder.SetKnowsAll(false), s.folder.Actors().Clear())
		if err == nil {
			err = s.folder.SaveState(brokenState, nil)
		}
		if err != nil {
			return meta{}, err
		}
		s.log.Error("the node's memory is incomplete: it is refilled from other replicas, and writes under fresh actors",
			"folder", s.folder.Dir(), "why", s.doubts)
	}
	for m.database == 0 {
		m.database = s.opts.Rand()
	}
	return m, nil
}

// claimActors takes up the actors of the last run.
func (s *Store) claimActors() error {
	log := s.folder.Actors()
	if s.opts.FreshActors {
		if err := log.Clear(); err != nil {
			return err
		}
	}
	book, dropped, err := actors.Open(log, log.Entries(), s.highest, s.opts.Rand, s.opts.ActorBlock)
	if err != nil {
		return err
	}
	for _, e := range dropped {
		s.log.Warn("an actor was dropped: the database holds higher numbers of it than were reserved",
			"actor", e.Actor.String(), "partition", e.Range.Partition, "n", e.Range.N)
	}
	s.book = book
	return s.folder.SettleCopy()
}

func (s *Store) highest(r node.Range, actor clock.Actor) (uint64, error) {
	return s.books.highest(r, actor), nil
}

// seal has the folder witness the state of the database.
func (s *Store) seal(m meta, open bool) error {
	return s.folder.SealWitness(folder.Witness{
		Database: m.database, Commits: m.commits, Open: open, Interval: s.opts.Interval > 0,
	})
}

// keepHouse looks at the free space and seals the witness, each second.
func (s *Store) keepHouse() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-tick.C:
		}
		s.lookAtSpace()
		if s.commits.failed.Load() == nil {
			if err := s.whole(); err != nil {
				s.shatter(err)
			}
		}
		if err := s.seal(s.present(), true); err != nil {
			s.log.Warn("the witness of the database could not be sealed", "error", err)
		}
	}
}

// makeUp does, each second, what is due and may take its time: the housekeeping must not wait for it.
func (s *Store) makeUp() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-tick.C:
		}
		s.turnOverIfDue()
		if !s.space.full.Load() {
			if err := s.plantOwed(); err != nil {
				s.log.Warn("hash trees could not be made", "error", err)
			}
		}
	}
}

// present is what is on disk of the database.
func (s *Store) present() meta { return meta{database: s.commits.number, commits: s.snaps.present()} }

func (s *Store) lookAtSpace() {
	free, files, err := s.opts.room()
	if err != nil {
		s.log.Warn("the free space is not known", "error", err)
		return
	}
	if !s.space.look(free, files, s.opts.FreeBytesMin) {
		return
	}
	if s.space.full.Load() {
		s.log.Error("the disk is full: writes are refused, reads go on; free some space",
			"folder", s.folder.Dir(), "free", free, "floor", s.opts.FreeBytesMin, "files", files, "files-floor", freeFilesMin)
	} else {
		s.log.Info("the disk has room again: writes are taken", "folder", s.folder.Dir(), "free", free)
	}
}
