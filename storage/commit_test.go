package storage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// waitFor waits until the condition holds, and fails the test when it does not in good time.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain until ", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func testKey(i int) node.Key { return node.NewKey("commit", fmt.Sprint(i), 3) }

func (b *bed) versions(key node.Key) int {
	b.t.Helper()
	rec, err := b.store.Read(context.Background(), key, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(rec.Versions)
}

// gate holds commits back, before or after the database has written, while it is closed.
type gate struct {
	mu     sync.Mutex
	closed chan struct{}
	before bool
	inside chan struct{} // gets one entry for each commit that waits
}

func (g *gate) commit(commit func() error) error {
	if g.before {
		g.wait()
		return commit()
	}
	err := commit()
	g.wait()
	return err
}

func (g *gate) wait() {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed != nil {
		g.inside <- struct{}{}
		<-closed
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.closed)
	g.closed = nil
}

func newGate(before bool) *gate { return &gate{before: before, inside: make(chan struct{}, 100)} }

func TestNothingIsVisibleBeforeItsSyncHasEnded(t *testing.T) {
	for _, before := range []bool{true, false} {
		g, o := newGate(before), small()
		o.commit = g.commit
		b := newBed(t, o)
		if _, err := put1(b.store, testKey(1), value(1, 10), false); err != nil {
			t.Fatal(err)
		}
		g.shut()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := put1(b.store, testKey(2), value(2, 10), false); err != nil {
				t.Error(err)
			}
		})
		<-g.inside
		// Readers do not wait for the sync, and do not see what it holds.
		if b.versions(testKey(1)) != 1 || b.versions(testKey(2)) != 0 {
			t.Errorf("%d and %d versions are visible during the sync", b.versions(testKey(1)), b.versions(testKey(2)))
		}
		holds, err := b.store.HoldsBucket(t.Context(), "commit")
		if stats := b.store.Stats(); stats.Keys != 1 || !holds || err != nil {
			t.Errorf("during the sync %d keys are counted; holds bucket: %t, %v", stats.Keys, holds, err)
		}
		g.open()
		wg.Wait()
		if b.versions(testKey(2)) != 1 {
			t.Error("an acknowledged update is not visible")
		}
	}
}

func TestUpdatesThatWaitShareASync(t *testing.T) {
	g, o := newGate(true), small()
	o.commit = g.commit
	b := newBed(t, o)
	if _, err := put1(b.store, testKey(0), value(0, 10), false); err != nil { // opens the range's actor
		t.Fatal(err)
	}
	before := b.store.commits.commits.Load()
	g.shut()
	const writers = 50
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			if _, err := put1(b.store, testKey(i), value(i, 1000), false); err != nil {
				t.Error(err)
			}
		})
		if i == 0 {
			<-g.inside // the first goes alone: nobody waits for company
		}
	}
	waitFor(t, "all the others are in the queue", func() bool { return len(b.store.commits.queue) == writers-1 })
	g.open()
	wg.Wait()
	if n := b.store.commits.commits.Load() - before; n != 2 {
		t.Errorf("%d updates took %d commits, want 2", writers, n)
	}
}

func TestABatchIsCutAtTheTransactionsLimit(t *testing.T) {
	g, o := newGate(true), small()
	o.commit = g.commit
	b := newBed(t, o)
	g.shut()
	const writers = 200
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			if _, err := put1(b.store, testKey(i), value(i, 12_000), false); err != nil {
				t.Error(err)
			}
		})
	}
	<-g.inside
	g.open()
	wg.Wait()
	for i := range writers {
		if b.versions(testKey(i)) != 1 {
			t.Errorf("update %d is not there", i)
		}
	}
}

func TestAFailedCommitStopsWritesAndNotReads(t *testing.T) {
	broken := errors.New("input/output error")
	var fail atomic.Bool
	o := small()
	o.commit = func(commit func() error) error {
		if fail.Load() {
			return broken
		}
		return commit()
	}
	b := newBed(t, o)
	if _, err := put1(b.store, testKey(1), value(1, 10), false); err != nil {
		t.Fatal(err)
	}
	fail.Store(true)
	if _, err := put1(b.store, testKey(2), value(2, 10), false); !errors.Is(err, broken) {
		t.Errorf("the failed write gave %v", err)
	}
	fail.Store(false)
	if _, err := put1(b.store, testKey(3), value(3, 10), false); !errors.Is(err, broken) {
		t.Errorf("a write after a failed one gave %v", err)
	}
	if b.versions(testKey(1)) != 1 || b.versions(testKey(2)) != 0 {
		t.Error("reads do not show what was on disk before")
	}
	if err := b.store.Close(); !errors.Is(err, broken) {
		t.Errorf("close gave %v", err)
	}
	b.folder.Close()
	b.mustStart()
	if len(b.store.Doubts()) > 0 || b.versions(testKey(1)) != 1 || b.versions(testKey(2)) != 0 {
		t.Errorf("after a restart there are %d and %d versions, doubts %v", b.versions(testKey(1)), b.versions(testKey(2)), b.store.Doubts())
	}
}

func TestIntervalModeWritesBehindTheAnswer(t *testing.T) {
	g, o := newGate(true), small()
	o.commit, o.Interval = g.commit, time.Millisecond
	b := newBed(t, o)
	if b.store.Durable() {
		t.Error("it says that an acknowledged update is on disk")
	}
	g.shut()
	for i := range 10 {
		if _, err := put1(b.store, testKey(i), value(i, 30_000), false); err != nil {
			t.Fatal(err)
		}
		if b.versions(testKey(i)) != 1 {
			t.Errorf("update %d is not visible", i)
		}
		if _, err := put1(b.store, testKey(i), value(i+1, 30_000), false); err != nil {
			t.Fatal(err)
		}
	}
	if stats := b.store.Stats(); stats.Keys != 10 {
		t.Errorf("%d keys are counted", stats.Keys)
	}
	<-g.inside
	if n := b.store.commits.commits.Load(); n != 0 {
		t.Errorf("%d commits while they are held back", n)
	}
	g.open()
	waitFor(t, "everything is on disk", func() bool {
		b.store.over.mu.Lock()
		defer b.store.over.mu.Unlock()
		return len(b.store.over.records) == 0 && b.store.over.bytes == 0 && b.store.over.waiting.figures == (figures{})
	})
	for i := range 10 {
		rec, err := b.store.Read(t.Context(), testKey(i), -1)
		if err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != value(i+1, 30_000).Digest {
			t.Errorf("update %d came to disk as %+v, %v", i, rec, err)
		}
	}
}

func TestIntervalModeHoldsCallersWhenTooMuchIsPending(t *testing.T) {
	g, o := newGate(true), small()
	o.commit, o.Interval, o.PendingBytesMax = g.commit, time.Minute, 100_000
	b := newBed(t, o)
	g.shut()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 20 {
			if _, err := put1(b.store, testKey(i), value(i, 20_000), false); err != nil {
				t.Error(err)
			}
		}
	})
	<-g.inside // long before the interval has passed
	b.store.over.mu.Lock()
	if bytes := b.store.over.bytes; bytes > o.PendingBytesMax {
		t.Errorf("%d bytes are pending, more than %d", bytes, o.PendingBytesMax)
	}
	b.store.over.mu.Unlock()
	g.open()
	wg.Wait()
	if err := b.store.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if b.versions(testKey(i)) != 1 {
			t.Errorf("update %d is not there", i)
		}
	}
}

func TestAnUncleanEndInIntervalModeIsNoticed(t *testing.T) {
	o := small()
	o.Interval = time.Minute
	b := newBed(t, o)
	if err := b.store.SetKnowsAll(true); err != nil {
		t.Fatal(err)
	}
	if _, err := put1(b.store, testKey(1), value(1, 10), true); err != nil {
		t.Fatal(err)
	}
	b.restart()
	if len(b.store.Doubts()) > 0 || !b.store.Knows(node.Range{N: 3}) || len(b.store.Claims()) != 1 {
		t.Errorf("after an end in good order: doubts %v, claims %v", b.store.Doubts(), b.store.Claims())
	}
	if _, err := put1(b.store, testKey(2), value(2, 10), false); err != nil {
		t.Fatal(err)
	}
	if err := b.crash(); err != nil {
		t.Fatal(err)
	}
	if len(b.store.Doubts()) != 1 || b.store.Knows(node.Range{N: 3}) || len(b.store.Claims()) != 0 {
		t.Errorf("after a crash: doubts %v, knows %t, claims %v", b.store.Doubts(), b.store.Knows(node.Range{N: 3}), b.store.Claims())
	}
	if b.versions(testKey(1)) != 1 {
		t.Error("a durable update is lost")
	}
	b.opts.Interval = 0
	b.restart()
	if len(b.store.Doubts()) > 0 {
		t.Errorf("doubts are said again: %v", b.store.Doubts())
	}
	if err := b.crash(); err != nil || len(b.store.Doubts()) > 0 {
		t.Errorf("an unclean end in sync mode gave doubts: %v, %v", b.store.Doubts(), err)
	}
}

// TestSnapshotsKeepWhatIsLookedAt holds a snapshot while its records are overwritten and the tables are
// turned over.
func TestSnapshotsKeepWhatIsLookedAt(t *testing.T) {
	b := newBed(t, small())
	const keys = 20
	for i := range keys {
		if _, err := put1(b.store, testKey(i), value(i, 20_000), false); err != nil {
			t.Fatal(err)
		}
	}
	now := b.store.snaps.take()
	for round := range 12 {
		for i := range keys {
			if _, err := put1(b.store, testKey(i), value(i+1000*(round+1), 14_000), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.store.db.Flatten(2); err != nil {
		t.Fatal(err)
	}
	if err := b.store.collectOnce(); err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		var r record
		err := b.store.db.look(now.ts, func(txn *badger.Txn) (err error) {
			if r, err = getRecord(txn, testKey(i)); err == nil {
				err = getContents(txn, testKey(i), &r, -1)
			}
			return err
		})
		if err != nil || len(r.contents) != 1 || r.contents[0].digest != value(i, 20_000).Digest {
			t.Errorf("key %d looks like %+v, %v", i, r.shown(), err)
		}
	}
	b.store.snaps.giveBack(now)
	if n := len(b.store.snaps.live); n != 1 {
		t.Errorf("%d snapshots are kept", n)
	}
}

func TestACloseEndsEverything(t *testing.T) {
	b := newBed(t, small())
	ready := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				if _, err := put1(b.store, testKey(w), value(i, 100), false); errors.Is(err, ErrClosed) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
				if i == 3 {
					ready <- struct{}{}
				}
			}
		})
	}
	for range 8 {
		<-ready
	}
	if err := errors.Join(b.store.Close(), b.store.Close()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	key := testKey(1)
	_, err := b.store.Read(t.Context(), key, -1)
	_, errSeen := b.store.HighestSeen(node.Range{N: 3}, clock.Actor(1))
	_, errHinted := b.store.Hinted(t.Context(), 1, node.Key{}, 1)
	_, errHolds := b.store.HoldsBucket(t.Context(), "b")
	for _, err := range []error{err, errSeen, errHinted, errHolds, b.store.Confirm(nil)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a closed store answers %v", err)
		}
	}
}
