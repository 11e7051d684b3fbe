package storage

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kindreddb/kindred/node"
)

// lastPath gives the highest file of a kind, of a database at rest.
func (b *bed) lastPath(kind string) string {
	b.t.Helper()
	paths, err := byNumber(filepath.Join(b.dir, "badger"), kind)
	if err != nil || len(paths) == 0 {
		b.t.Fatalf("there is no %s: %v", kind, err)
	}
	return paths[len(paths)-1]
}

// flip turns one bit of a file.
func flip(t *testing.T, path string, at int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// intact counts the keys that are read as they were written, and those that are damaged; anything else fails
// the test.
func (b *bed) intact(keys, size int) (right, damaged int) {
	b.t.Helper()
	for i := range keys {
		rec, err := b.store.Read(b.t.Context(), testKey(i), -1)
		switch {
		case errors.Is(err, node.ErrDamaged):
			damaged++
		case err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != value(i, size).Digest:
			b.t.Errorf("key %d is read as %d versions, %v", i, len(rec.Versions), err)
		default:
			right++
		}
	}
	return right, damaged
}

// TestADamagedValueLogIsNotCutAtTheStart flips a bit early in the last value log: Badger would cut off all that
// follows.
func TestADamagedValueLogIsNotCutAtTheStart(t *testing.T) {
	const keys, size = 30, 40_000
	for _, c := range []struct {
		name string
		at   int64
	}{{"in a value", 45_000}, {"in the head of an entry", logHeader + 3}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, small())
			for i := range keys {
				if _, err := put1(b.store, testKey(i), value(i, size), false); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.store.SetKnowsAll(true); err != nil {
				t.Fatal(err)
			}
			b.stop()
			flip(t, b.lastPath(".vlog"), c.at)
			b.mustStart()
			if len(b.store.Doubts()) == 0 || b.store.Knows(node.Range{N: 3}) {
				t.Errorf("the damage is not noticed: doubts %v", b.store.Doubts())
			}
			for range 2 {
				if right, damaged := b.intact(keys, size); right != keys-1 || damaged != 1 {
					t.Errorf("%d values are right and %d damaged, want all right but one", right, damaged)
				}
				if _, err := put1(b.store, testKey(keys), value(keys, size), false); err != nil {
					t.Error(err)
				}
				b.restart()
				if len(b.store.Doubts()) > 0 {
					t.Errorf("doubts that were drawn are there again: %v", b.store.Doubts())
				}
			}
		})
	}
}

// TestWhatACrashToreInAValueLogIsNoDamage leaves half of an entry, of a commit that never was.
func TestWhatACrashToreInAValueLogIsNoDamage(t *testing.T) {
	const size = 40_000
	b := newBed(t, small())
	if _, err := put1(b.store, testKey(0), value(0, size), false); err != nil {
		t.Fatal(err)
	}
	whole := b.store.present().commits
	if _, err := put1(b.store, testKey(1), value(1, size), false); err != nil {
		t.Fatal(err)
	}
	b.stop()
	log, err := os.ReadFile(b.lastPath(".vlog"))
	if err != nil {
		t.Fatal(err)
	}
	end, more := walkLog(log)
	_, commit, first := logEntry(log[logHeader:])
	if more || commit > whole || end <= logHeader+first {
		t.Fatalf("the log ends at %d, %t; its first entry has %d bytes, of commit %d", end, more, first, commit)
	}
	for _, c := range []struct {
		name string
		tail []byte
		upto uint64
		want bool
	}{
		{"an entry cut short, of a commit that never was", log[logHeader+first : end-100], whole, false},
		{"an entry cut short that was committed", log[logHeader+first : end-100], whole + 1, true},
		{"a committed entry behind a damaged head", append([]byte{1, 2, 3}, log[logHeader:end]...), whole, true},
		{"bytes of no entry", value(3, 1000).Value, whole, false},
		{"nothing", nil, whole, false},
	} {
		if got := namesCommitted(c.tail, c.upto); got != c.want {
			t.Errorf("%s: committed: %t", c.name, got)
		}
	}
	b.mustStart()
	if len(b.store.Doubts()) > 0 {
		t.Errorf("doubts %v", b.store.Doubts())
	}
}

// TestADamagedValueLogIsNotCollected has half of a log dead, and a bit of it turned: to collect it would take
// along all that lies behind.
func TestADamagedValueLogIsNotCollected(t *testing.T) {
	const keys, size = 120, 40_000
	b := newBed(t, small())
	for i := range keys {
		if _, err := put1(b.store, testKey(i), value(i, size), false); err != nil {
			t.Fatal(err)
		}
	}
	dead := func(i int) bool { return i%4 != 0 }
	for i := range keys {
		if dead(i) {
			if _, err := put1(b.store, testKey(i), value(i+1000, 10), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.stop()
	paths, err := byNumber(filepath.Join(b.dir, "badger"), ".vlog")
	if err != nil || len(paths) < 2 {
		t.Fatalf("the logs are %v, %v", paths, err)
	}
	flip(t, paths[0], 60_000) // in the second value, which is dead
	b.mustStart()
	waitFor(t, "the damaged log is to be collected, and kept back", func() bool {
		if err := b.store.turnOver(); err != nil { // as often as it takes until tables are compacted
			t.Fatal(err)
		}
		return errors.Is(b.store.collectOnce(), errKeptBack)
	})
	if !exists(paths[0]) {
		t.Error("the damaged log was deleted")
	}
	for i := range keys {
		want := value(i, size)
		if dead(i) {
			want = value(i+1000, 10)
		}
		rec, err := b.store.Read(t.Context(), testKey(i), -1)
		if err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != want.Digest {
			t.Errorf("key %d is read as %d versions, %v", i, len(rec.Versions), err)
		}
	}
}
