package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/kindreddb/kindred/node"
)

// damagedKeys is how many keys the folders of these tests hold: of several sizes, so that all kinds of files
// are there.
const damagedKeys = 600

func damagedKey(i int) node.Key { return node.NewKey("damage", fmt.Sprintf("key-%05d", i), 3) }

func damagedValue(i int) *node.Content {
	return value(i, []int{10, 900, 3000, 40_000}[i%4])
}

// fillForDamage gives a folder whose data lie in tables and value logs.
func fillForDamage(t *testing.T) *bed {
	b := newBed(t, small())
	for i := range damagedKeys {
		if _, err := put1(b.store, damagedKey(i), damagedValue(i), false); err != nil {
			t.Fatal(err)
		}
	}
	b.restart()
	return b
}

// TestDamagedFilesAreNeverAValueNorAnAbsence flips bits in, and cuts, every kind of file of the database. The
// start may be refused; what is read must be what was written, or an error, unless the start found the
// memory doubtful: then all is known to be incomplete, and what is there must still be right.
func TestDamagedFilesAreNeverAValueNorAnAbsence(t *testing.T) {
	b := fillForDamage(t)
	if err := b.store.SetKnowsAll(true); err != nil {
		t.Fatal(err)
	}
	for i := range damagedKeys / 10 { // some that lie in the log of the memtable
		if _, err := put1(b.store, damagedKey(i*10), damagedValue(i*10), false); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.store.seal(b.store.present(), true); err != nil { // as each second
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "killed")
	copyFolder(t, b.dir, killed)
	b.stop()
	defer b.mustStart()
	seed := uint64(0)
	for _, state := range []struct{ name, dir string }{{"closed", b.dir}, {"killed", killed}} {
		for _, kind := range []string{"*.sst", "*.vlog", "MANIFEST", "*.mem", "KEYREGISTRY", "DISCARD"} {
			for _, way := range []string{"flip", "cut", "empty", "missing"} {
				seed++
				t.Run(fmt.Sprintf("%s/%s/%s/seed_%d", state.name, kind, way, seed), func(t *testing.T) {
					damageOnce(t, state.dir, b.opts, kind, way, seed)
				})
			}
		}
	}
}

func damageOnce(t *testing.T, whole string, o Options, kind, way string, seed uint64) {
	b := &bed{t: t, dir: filepath.Join(t.TempDir(), "data"), opts: o}
	copyFolder(t, whole, b.dir)
	paths, err := filepath.Glob(filepath.Join(b.dir, "badger", kind))
	if err != nil || len(paths) == 0 {
		return // a database in good order may have none
	}
	chance := rand.New(rand.NewPCG(seed, 0))
	path := paths[chance.IntN(len(paths))]
	spoil(t, path, way, chance)
	if err := b.start(); err != nil {
		if !errors.Is(err, ErrUnusable) {
			t.Errorf("seed %d: the start failed with %v", seed, err)
		}
		t.Logf("the start is refused: %v", err)
		return
	}
	defer b.folder.Close()
	defer b.store.Close()
	doubtful := len(b.store.Doubts()) > 0
	if doubtful == b.store.Knows(node.Range{N: 3}) {
		t.Errorf("seed %d: doubts are %v, and it knows: %t", seed, b.store.Doubts(), !doubtful)
	}
	right, failed, absent := 0, 0, 0
	for i := range damagedKeys {
		rec, err := b.store.Read(context.Background(), damagedKey(i), -1)
		switch {
		case errors.Is(err, node.ErrDamaged):
			failed++
		case err != nil:
			t.Errorf("seed %d: key %d: %v", seed, i, err)
		case rec.IsEmpty():
			absent++
		case len(rec.Contents) != 1 || !bytes.Equal(rec.Contents[0].Value, damagedValue(i).Value):
			t.Errorf("seed %d: key %d has a wrong value", seed, i)
		default:
			right++
		}
	}
	t.Logf("%s: %d right, %d damaged, %d absent, doubts %v", filepath.Base(path), right, failed, absent, b.store.Doubts())
	if absent > 0 && !doubtful {
		t.Errorf("seed %d: %d keys are absent, and the store has no doubts", seed, absent)
	}
}

func spoil(t *testing.T, path, way string, chance *rand.Rand) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch way {
	case "flip":
		used := len(bytes.TrimRight(b, "\x00"))
		for range 3 {
			if used > 0 {
				b[chance.IntN(used)] ^= 1 << chance.IntN(8)
			}
		}
	case "cut":
		b = b[:chance.IntN(len(b)+1)]
	case "empty":
		b = nil
	case "missing":
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
