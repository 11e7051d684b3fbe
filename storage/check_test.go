package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// overwritten gives a folder, at rest, whose keys were all written twice, into two tables: the older one holds
// values that nobody must see again.
func overwritten(t *testing.T, o Options, keys int) *bed {
	t.Helper()
	b := newBed(t, o)
	for round := range 2 {
		for i := range keys {
			if _, err := put1(b.store, testKey(i), value(i+1000*round, 500), false); err != nil {
				t.Fatal(err)
			}
		}
		if round == 0 {
			b.restart()
		}
	}
	if err := b.store.SetKnowsAll(true); err != nil {
		t.Fatal(err)
	}
	b.stop()
	return b
}

// TestADamagedBlockIsNoOlderValue flips a bit in a block of the newer table. Badger would answer from the older
// one, and leave out what follows the block when it compacts the table.
func TestADamagedBlockIsNoOlderValue(t *testing.T) {
	const keys = 60
	whole := overwritten(t, small(), keys)
	defer whole.mustStart()
	for _, at := range []int64{200, 6000, 12_000, 20_000} {
		for _, early := range []bool{true, false} {
			t.Run(fmt.Sprintf("byte %d, all tables are read at the start: %t", at, early), func(t *testing.T) {
				o := whole.opts
				o.checkEvery = time.Millisecond
				b := &bed{t: t, dir: filepath.Join(t.TempDir(), "data"), opts: o}
				copyFolder(t, whole.dir, b.dir)
				flip(t, b.lastPath(".sst"), at)
				if !early {
					b.opts.checkBytesMax = 1
					b.mustStart()
					waitFor(t, "the damage is found", func() bool { return b.store.commits.failed.Load() != nil && !b.store.Knows(node.Range{N: 3}) })
					if _, err := put1(b.store, testKey(0), value(0, 1), false); err == nil || !strings.Contains(err.Error(), "damaged") {
						t.Errorf("a write upon a damaged table gave %v", err)
					}
					waitFor(t, "the next start is told", func() bool {
						note, err := b.folder.LoadState(brokenState)
						return err == nil && len(note) > 0
					})
					if err := b.store.Close(); err == nil {
						t.Error("close does not tell of the damage")
					}
					b.folder.Close()
				}
				b.mustStart()
				defer b.stop()
				if len(b.store.Doubts()) == 0 || b.store.Knows(node.Range{N: 3}) || len(b.store.Claims()) > 0 {
					t.Errorf("doubts %v, claims %v", b.store.Doubts(), b.store.Claims())
				}
				count := b.right(keys)
				if count < keys/3 || count == keys {
					t.Errorf("%d of %d values are right: those of one block should not be", count, keys)
				}
				// A compaction takes nothing more along.
				if err := b.store.db.Flatten(1); err != nil {
					t.Fatal(err)
				}
				if after := b.right(keys); after != count {
					t.Errorf("after a compaction %d values are right, and %d were", after, count)
				}
				b.restart()
				if len(b.store.Doubts()) > 0 || b.right(keys) != count {
					t.Errorf("after a restart there are doubts: %v", b.store.Doubts())
				}
			})
		}
	}
}

// right counts the keys that have their second value.
func (b *bed) right(keys int) (n int) {
	b.t.Helper()
	for i := range keys {
		rec, err := b.store.Read(b.t.Context(), testKey(i), -1)
		if err == nil && len(rec.Contents) == 1 && rec.Contents[0].Digest == value(i+1000, 500).Digest {
			n++
		} else if err != nil && !errors.Is(err, node.ErrDamaged) {
			b.t.Errorf("key %d: %v", i, err)
		}
	}
	return n
}

func TestTablesInGoodOrderAreNotTouched(t *testing.T) {
	b := overwritten(t, small(), 200)
	defer b.mustStart()
	tables, err := byNumber(filepath.Join(b.dir, "badger"), ".sst")
	if err != nil || len(tables) < 2 {
		t.Fatalf("the tables are %v, %v", tables, err)
	}
	for _, path := range tables {
		if n, err := damagedBlocks(path); n != 0 || err != nil {
			t.Errorf("%s: %d damaged blocks, %v", path, n, err)
		}
	}
}

// TestADatabaseThatLosesItsLastCommitInServiceTakesNoMoreWrites: that is what a compaction leaves whose output
// could not be written.
func TestADatabaseThatLosesItsLastCommitInServiceTakesNoMoreWrites(t *testing.T) {
	b := newBed(t, small())
	putMany(t, b, testKey(1), 3)
	if err := b.store.SetKnowsAll(true); err != nil {
		t.Fatal(err)
	}
	if err := b.store.whole(); err != nil {
		t.Fatal(err)
	}
	if err := b.store.db.DropAll(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the loss is noticed", func() bool {
		return b.store.commits.failed.Load() != nil && !b.store.Knows(node.Range{N: 3})
	})
	if _, err := put1(b.store, testKey(2), value(2, 10), false); err == nil || !strings.Contains(err.Error(), "lost some") {
		t.Errorf("a write gave %v", err)
	}
	if err := b.store.Close(); err == nil {
		t.Error("close does not tell of the loss")
	}
	b.folder.Close()
	b.mustStart()
	if len(b.store.Doubts()) == 0 || b.store.Knows(node.Range{N: 3}) || len(b.store.Claims()) > 0 {
		t.Errorf("the next start has doubts %v, claims %v", b.store.Doubts(), b.store.Claims())
	}
}

// TestADiskWithoutInodesIsFull: the tables of a compaction need names, and Badger deletes what it read even
// where it could not make them.
func TestADiskWithoutInodesIsFull(t *testing.T) {
	dir := mount(t, "-t", "tmpfs", "-o", "size=256m,nr_inodes=1000", "kindred-test")
	b := &bed{t: t, dir: filepath.Join(dir, "data"), opts: small()}
	b.mustStart()
	const keys = 200
	for round := range 5 {
		for i := range keys {
			if _, err := put1(b.store, testKey(i), value(i, 500), false); err != nil {
				t.Fatal(err)
			}
		}
		if round < 4 {
			b.restart()
		}
	}
	hogs := filepath.Join(dir, "hogs")
	if err := os.Mkdir(hogs, 0o700); err != nil {
		t.Fatal(err)
	}
	hog := func(spare int64) {
		for i := 0; ; i++ {
			if left, err := freeFiles(dir); err != nil || left <= spare {
				return
			}
			if err := os.WriteFile(filepath.Join(hogs, fmt.Sprint(spare, "-", i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	hog(freeFilesMin - 1)
	b.store.lookAtSpace()
	if _, err := put1(b.store, testKey(0), value(0, 500), false); !errors.Is(err, node.ErrDiskFull) {
		t.Errorf("a write gave %v", err)
	}
	b.restart() // what the start compacts has room
	if right, _ := b.intact(keys, 500); right == 0 {
		t.Error("all is gone")
	}
	b.stop()
	hog(2)
	if err := b.start(); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("a start without inodes gave %v", err)
	}
	mustRemoveAll(t, hogs)
	b.mustStart()
	defer b.stop()
	if _, err := put1(b.store, testKey(keys), value(0, 500), false); err != nil {
		t.Error(err)
	}
}
