package storage

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/node"
)

func errorsIsDamaged(err error) bool { return errors.Is(err, node.ErrDamaged) }

// TestCollectingFreesDeadValuesBelowReaders overwrites large values until most are dead, and collects them
// while others read.
func TestCollectingFreesDeadValuesBelowReaders(t *testing.T) {
	b := newBed(t, small())
	const keys, rounds, size = 12, 12, 300_000
	for i := range 4 { // these stay, in the oldest file
		if _, err := put1(b.store, testKey(100+i), value(100+i, size), false); err != nil {
			t.Fatal(err)
		}
	}
	for round := range rounds {
		for i := range keys {
			if _, err := put1(b.store, testKey(i), value(round*keys+i, size), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	if dead, want := b.store.commits.dead.Load(), int64(keys*(rounds-1)*size); dead < want {
		t.Errorf("%d bytes are said to be dead, and %d are", dead, want)
	}
	logs := func() int {
		paths, err := filepath.Glob(filepath.Join(b.dir, "badger", "*.vlog"))
		if err != nil {
			t.Fatal(err)
		}
		return len(paths)
	}
	before := logs()
	var done atomic.Bool
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; !done.Load(); i++ {
				key, want := testKey(i%keys), value((rounds-1)*keys+i%keys, size)
				if i%3 == 0 {
					key, want = testKey(100+i%4), value(100+i%4, size)
				}
				rec, err := b.store.Read(t.Context(), key, -1)
				if err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != want.Digest || !rec.Contents[0].Intact() {
					t.Errorf("%q was read as %d versions, %v", key.Name, len(rec.Versions), err)
					return
				}
			}
		})
	}
	if err := b.store.turnOver(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "dead values are found and collected", func() bool {
		if err := b.store.collectOnce(); err != nil {
			t.Fatal(err)
		}
		return logs() <= before/2
	})
	done.Store(true)
	wg.Wait()
	audit(t, b.store)
	b.restart()
	audit(t, b.store)
}

// TestLargeChangesLeaveNoPiecesBehind writes and overwrites values that take many transactions, fails in the
// middle of one, and starts again.
func TestLargeChangesLeaveNoPiecesBehind(t *testing.T) {
	broken := errors.New("no more")
	var fail atomic.Int64 // how many commits there are to the one that fails; below 1: none does
	o := small()
	o.commit = func(commit func() error) error {
		if fail.Add(-1) == 0 {
			return broken
		}
		return commit()
	}
	b := newBed(t, o)
	// Less is dead in the end than has memtables turned over: an audit wants a store at rest.
	for i, size := range []int{5 << 20, 45 << 20, 10, 6 << 20} {
		if _, err := put1(b.store, testKey(1), value(i, size), false); err != nil {
			t.Fatal(err)
		}
		audit(t, b.store)
	}
	fail.Store(4)
	if _, err := put1(b.store, testKey(1), value(9, 8<<20), false); !errors.Is(err, broken) {
		t.Fatalf("the write that fails gave %v", err)
	}
	if err := b.store.Close(); !errors.Is(err, broken) {
		t.Errorf("close gave %v", err)
	}
	b.folder.Close()
	chunks := func() (n int) {
		eachKey(t, b.store, prefixContent, func(*badger.Txn, []byte) { n++ })
		return n
	}
	fail.Store(0)
	b.mustStart()
	audit(t, b.store)
	rec, err := b.store.Read(t.Context(), testKey(1), -1)
	if err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != value(3, 6<<20).Digest {
		t.Errorf("after a failed write there are %d contents, %v", len(rec.Contents), err)
	}
	if n, want := chunks(), chunksOf(bodyLength(value(3, 6<<20))); n != want {
		t.Errorf("%d chunks are there, want %d", n, want)
	}
}

// TestATurnOverNeedsRoom: it writes before it frees anything, and a disk that cannot take it ends the process.
func TestATurnOverNeedsRoom(t *testing.T) {
	b := newBed(t, small())
	b.free.Store(turnOverRoom*b.opts.MemTableBytes - 1)
	b.store.commits.dead.Store(1 << 40)
	before := b.store.present().commits
	b.store.turnOverIfDue()
	if after := b.store.present().commits; after != before {
		t.Errorf("%d commits were made for a turn-over without room", after-before)
	}
	b.free.Store(padRoom*b.opts.MemTableBytes - 1) // it has become less since it began
	if err := b.store.turnOver(); !errors.Is(err, errNoRoom) {
		t.Errorf("a turn-over without room gave %v", err)
	}
	b.store.commits.dead.Store(0)
	b.free.Store(0)
}
