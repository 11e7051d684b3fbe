package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/kindreddb/kindred/storage/folder"
)

// Badger takes the first damaged entry of a value log for the log's end: at the start it cuts the last log
// there, and to collect a log is to move the entries before it and to delete the file. One flipped bit would
// take along all that lies behind it. So a log is walked through before: one with anything but zeros behind its
// last whole entry is kept back.

// errKeptBack says that a value log is damaged, and that nothing is collected because of it.
var errKeptBack = errors.New("a value log is damaged and kept back")

// walkLog gives where the last whole entry of a log ends, and whether anything but zeros follows.
func walkLog(log []byte) (end int, more bool) {
	end = min(logHeader, len(log))
	for {
		_, _, length := logEntry(log[end:])
		if length == 0 {
			return end, !zeros(log[end:])
		}
		end += length
	}
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// namesCommitted says whether the bytes hold the head of an entry that some commit up to the given one wrote.
// What a crash tore is of a later one: a value log is on disk before the commit that names it.
func namesCommitted(b []byte, upto uint64) bool {
	for ; len(b) > 0; b = b[1:] {
		in := reader{rest: b}
		in.take(2)
		key, value := in.uvarint(), in.uvarint()
		in.uvarint()
		if in.failed || key <= 8 || key > math.MaxUint16 || value > math.MaxInt32 {
			continue
		}
		name := in.take(int(key))
		if in.failed || !strings.ContainsRune(prefixes, rune(name[0])) {
			continue
		}
		if commit := math.MaxUint64 - binary.BigEndian.Uint64(name[key-8:]); commit > 0 && commit <= upto {
			return true
		}
	}
	return false
}

// valueLog looks at the last value log before Badger cuts it. Where that would take along what was committed, a
// log that is empty is put behind it: only the last one is cut.
func (in *inspection) valueLog(upto uint64) error {
	logs, err := byNumber(in.dir, ".vlog")
	if err != nil || len(logs) == 0 {
		return err
	}
	last, damaged := logs[len(logs)-1], false
	err = mapped(last, func(b []byte) error {
		end, more := walkLog(b)
		damaged = more && namesCommitted(b[end:], upto)
		return nil
	})
	if err != nil || !damaged {
		return err
	}
	var number uint32
	if _, err := fmt.Sscanf(filepath.Base(last), "%d.vlog", &number); err != nil || number == math.MaxUint32 {
		return fmt.Errorf("its value log %s has no number", last)
	}
	if err := in.doubt("the value log %s is damaged", filepath.Base(last)); err != nil {
		return err
	}
	next := filepath.Join(in.dir, fmt.Sprintf("%06d.vlog", number+1))
	if err := (folder.OS{}).Write(next, make([]byte, logHeader)); err != nil {
		return err
	}
	return folder.OS{}.SyncDir(in.dir)
}

// collectRatio is the part of a value log that must be dead before it is collected.
const collectRatio = 0.5

// collectable walks through the logs that Badger may choose to collect. It chooses by what the file DISCARD
// says to be dead:
//
//	number of the log (8), bytes (8), and so on, up to the number 0
//
// The error wraps errKeptBack where one of them is damaged.
func (db *database) collectable() error {
	logs, err := byNumber(db.dir, ".vlog")
	if err != nil || len(logs) == 0 {
		return err
	}
	last := logs[len(logs)-1] // it is being written to, and never collected
	return mapped(filepath.Join(db.dir, "DISCARD"), func(stats []byte) error {
		for in := (reader{rest: stats}); ; {
			number, dead := in.uint64(), in.uint64()
			if in.failed || number == 0 {
				return nil
			}
			path := filepath.Join(db.dir, fmt.Sprintf("%06d.vlog", number))
			info, err := os.Stat(path)
			if errors.Is(err, os.ErrNotExist) {
				continue // it was collected
			} else if err != nil {
				return err
			}
			if path == last || float64(dead) < (collectRatio-1./16)*float64(info.Size()) {
				continue
			}
			if err := checkLog(path); err != nil {
				return err
			}
		}
	})
}

// checkLog walks through a log that is not written to any more.
func checkLog(path string) error {
	return mapped(path, func(b []byte) error {
		if end, more := walkLog(b); more {
			return fmt.Errorf("%w: %s, at byte %d; no dead values are collected any more: when its disk runs full, stop the node and move its data folder away: the other replicas refill what it held", errKeptBack, path, end)
		}
		return nil
	})
}

// collect rewrites one value log file of which half is dead; the error says why there was none.
func (db *database) collect() (err error) {
	if p := db.panicked.Load(); p != nil {
		return *p
	}
	if err := db.collectable(); err != nil {
		return err
	}
	defer db.panics("collecting dead values of", &err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	db.collects.Add(1)
	defer db.collects.Add(1)
	return db.RunValueLogGC(collectRatio)
}
