package storage

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// within gives what f returns, and fails the test when f does not return in good time.
func within(t *testing.T, what string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatalf("%s does not end", what)
		return nil
	}
}

// TestWhoWaitsForRoomHearsOfAFailure fills what interval mode may keep in memory, and lets the commit that
// would make room fail.
func TestWhoWaitsForRoomHearsOfAFailure(t *testing.T) {
	broken, gate := errors.New("input/output error"), make(chan struct{})
	o := small()
	o.Interval, o.PendingBytesMax = time.Minute, 100_000
	o.commit = func(func() error) error { <-gate; return broken }
	b := &bed{t: t, dir: filepath.Join(t.TempDir(), "data"), opts: o}
	b.mustStart()
	puts := make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			if _, err := put1(b.store, testKey(i), value(i, 2000), false); err != nil {
				puts <- err
				return
			}
		}
	}()
	waitFor(t, "there is no room left", func() bool {
		b.store.over.mu.Lock()
		defer b.store.over.mu.Unlock()
		return b.store.over.bytes+2000 > o.PendingBytesMax
	})
	close(gate)
	if err := within(t, "a put", func() error { return <-puts }); !errors.Is(err, broken) {
		t.Errorf("who waited for room was told %v", err)
	}
	if b.versions(testKey(0)) != 1 {
		t.Error("what was acknowledged is not read any more")
	}
	if err := within(t, "close", b.store.Close); !errors.Is(err, broken) {
		t.Errorf("close gave %v", err)
	}
	b.folder.Close()
}

// TestACommitThatNeverEndsFailsTheStore: the disk takes no more bytes and gives no error.
func TestACommitThatNeverEndsFailsTheStore(t *testing.T) {
	g, o := newGate(false), small()
	o.commit, o.CommitTimeMax = g.commit, 400*time.Millisecond
	b := newBed(t, o)
	if _, err := put1(b.store, testKey(1), value(1, 10), false); err != nil {
		t.Fatal(err)
	}
	g.shut()
	puts := make(chan error, 8)
	for i := range cap(puts) {
		go func() {
			_, err := put1(b.store, testKey(2+i), value(2, 10), false)
			puts <- err
		}()
	}
	for range cap(puts) {
		if err := within(t, "a put", func() error { return <-puts }); err == nil || !strings.Contains(err.Error(), "has not ended") {
			t.Errorf("a put on a disk that does not answer gave %v", err)
		}
	}
	if b.versions(testKey(1)) != 1 || b.versions(testKey(2)) != 0 {
		t.Error("readers see something else than before")
	}
	db := b.store.db
	if err := within(t, "close", b.store.Close); err == nil || !strings.Contains(err.Error(), "has not ended") {
		t.Errorf("close gave %v", err)
	}
	g.open() // the disk answers after all
	b.store.writer.Wait()
	if b.store.snaps.present() != b.store.commits.meta.commits {
		t.Error("a commit that came too late was made visible")
	}
	if err := errors.Join(db.Close(), b.folder.Close()); err != nil {
		t.Fatal(err)
	}
	b.opts.commit = nil
	b.mustStart()
	if b.versions(testKey(1)) != 1 || len(b.store.Doubts()) > 0 {
		t.Errorf("after a restart there are doubts: %v", b.store.Doubts())
	}
}

// TestAPanicOfTheDatabaseFailsTheStore cuts a value log below its mapping: to read behind its end is a fault,
// in which Badger holds a lock that it never lets go.
func TestAPanicOfTheDatabaseFailsTheStore(t *testing.T) {
	b := &bed{t: t, dir: filepath.Join(t.TempDir(), "data"), opts: small()}
	b.mustStart()
	for i, size := range []int{100_000, 10} {
		if _, err := put1(b.store, testKey(i), value(i, size), false); err != nil {
			t.Fatal(err)
		}
	}
	logs, err := filepath.Glob(filepath.Join(b.dir, "badger", "*.vlog"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("the value logs are %v, %v", logs, err)
	}
	if err := os.Truncate(logs[0], 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Read(t.Context(), testKey(0), -1); !errors.Is(err, node.ErrDamaged) {
		t.Errorf("a value behind the end of its file is read with %v", err)
	}
	if b.versions(testKey(1)) != 1 {
		t.Error("another key is not read any more")
	}
	_, err = put1(b.store, testKey(2), value(2, 10), false)
	if err == nil || !strings.Contains(err.Error(), "restart the node") {
		t.Errorf("a put after a panic gave %v", err)
	}
	if err := b.store.collectOnce(); err == nil {
		t.Error("dead values are collected after a panic")
	}
	if err := within(t, "close", b.store.Close); err == nil {
		t.Error("close does not tell of the panic")
	}
	b.folder.Close()
}
