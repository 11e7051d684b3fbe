package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// brokenState is the name under which the folder keeps why an earlier run found its database broken, until a
// start has drawn the conclusions.
const brokenState = "broken"

// shatter is what follows when the database turns out to be less than it was, in the midst of service: nothing
// is written any more, because a write would build upon what is lost, and all ranges count as incomplete. The
// next start reads all tables, mends them, and draws fresh actors.
func (s *Store) shatter(why error) {
	_ = s.commits.fail(why) // logged there
	err := errors.Join(s.folder.SetKnowsAll(false), s.folder.SaveState(brokenState, []byte(why.Error())))
	if err != nil {
		s.log.Error("the folder could not be told that its database is broken", "error", err)
	}
}

// whole says whether the database still holds its last commit. A compaction whose output cannot be written
// deletes its input all the same, without a word: Badger 4.9.6, levels.go, subcompact takes the error while it
// is nil. Badger's own MaxVersion is not asked: it reads what a write under way may be changing.
func (s *Store) whole() error {
	now := s.snaps.take()
	defer s.snaps.giveBack(now)
	present := now.ts
	if present == 0 {
		return nil
	}
	var m meta
	err := s.db.look(present, func(txn *badger.Txn) error {
		payload, found, err := get(txn, metaKey)
		if err == nil && found {
			m, err = decodeMeta(payload)
		}
		return err
	})
	if err == nil && m.commits != present {
		err = fmt.Errorf("it says that it holds %d", m.commits)
	}
	if err != nil {
		return fmt.Errorf("the database had %d commits, and lost some: %w", present, err)
	}
	return nil
}

// Tables are read at a bounded rate, and never for more than half of the time.
const (
	checkRate  = 64 << 20 // bytes a second
	checkPiece = 4 << 20
)

// checkTables reads each table once as a whole: those that were too many to be read at the start, and new ones.
func (s *Store) checkTables() {
	tick := time.NewTicker(s.opts.checkEvery)
	defer tick.Stop()
	for {
		if err := s.checkNewTables(); err != nil {
			if !errors.Is(err, errStopping) {
				s.shatter(err)
			}
			return
		}
		select {
		case <-s.quit:
			return
		case <-s.commits.broken:
			return
		case <-tick.C:
		}
	}
}

func (s *Store) checkNewTables() error {
	checked := make(map[uint64]bool)
	for _, t := range s.db.Tables() {
		if !s.db.checked[t.ID] {
			if err := s.checkTable(table.NewFilename(t.ID, s.db.dir)); errors.Is(err, fs.ErrNotExist) {
				continue // it was compacted
			} else if err != nil {
				return err
			}
		}
		checked[t.ID] = true
	}
	s.db.checked = checked
	return nil
}

// checkTable reads a table.
func (s *Store) checkTable(path string) error {
	return mapped(path, func(b []byte) error {
		read, damaged, begin := 0, 0, time.Now()
		err := blocks(b, func(block []byte) error {
			if block == nil {
				damaged++
			}
			if read += len(block); read < checkPiece {
				return nil
			}
			pause := max(time.Since(begin), time.Duration(read)*time.Second/checkRate)
			read = 0
			select {
			case <-s.quit:
				return errStopping
			case <-time.After(pause):
			}
			begin = time.Now()
			return nil
		})
		if err == nil && damaged > 0 {
			err = fmt.Errorf("%d of its blocks are damaged", damaged)
		}
		if err != nil && !errors.Is(err, errStopping) {
			return fmt.Errorf("the table %s is damaged: %w", path, err)
		}
		return err
	})
}
