package storage

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/folder"
)

// putMany writes one key many times, and gives the dots.
func putMany(t *testing.T, b *bed, key node.Key, times int) []clock.Dot {
	t.Helper()
	var dots []clock.Dot
	for i := range times {
		dot, err := put1(b.store, key, value(i, 100), false)
		if err != nil {
			t.Fatal(err)
		}
		dots = append(dots, dot)
	}
	return dots
}

// TestARestoredFolderClaimsOnlyWhatItsOwnDataHold: an old copy does not know what was issued after it was
// made, and must not be trusted without others: its claim tells what it knows, so that they can refute it.
func TestARestoredFolderClaimsOnlyWhatItsOwnDataHold(t *testing.T) {
	b := newBed(t, small())
	before := putMany(t, b, testKey(1), 5)
	old := filepath.Join(t.TempDir(), "backup")
	b.stop()
	copyFolder(t, b.dir, old)
	b.mustStart()
	if err := b.store.Confirm(b.store.Claims()); err != nil {
		t.Fatal(err)
	}
	after := putMany(t, b, testKey(1), 5)

	restored := &bed{t: t, dir: old, opts: small()}
	restored.mustStart()
	defer restored.stop()
	if !restored.folder.Copied() || b.folder.Copied() {
		t.Errorf("copied: %t of the copy, %t of the original", restored.folder.Copied(), b.folder.Copied())
	}
	claims := restored.store.Claims()
	if len(claims) != 1 || claims[0].Actor != before[0].Actor || claims[0].Last != before[4].Counter {
		t.Fatalf("the claims are %+v, and the last number in the copy is %s", claims, before[4])
	}
	// Another member has seen the later writes: so it is not confirmed, and the next write is another actor's.
	seen, err := b.store.HighestSeen(claims[0].Range, claims[0].Actor)
	if err != nil || seen != after[4].Counter || seen <= claims[0].Last {
		t.Errorf("the other has seen %d, %v", seen, err)
	}
	if next := putMany(t, restored, testKey(1), 1)[0]; next.Actor == before[0].Actor {
		t.Errorf("the restored folder issued %s", next)
	}
}

func TestACopiedFolderOfAClusterOfOneDrawsFreshActors(t *testing.T) {
	b := newBed(t, small())
	before := putMany(t, b, testKey(1), 1)[0]
	dir := filepath.Join(t.TempDir(), "copy")
	b.stop()
	copyFolder(t, b.dir, dir)
	b.mustStart()
	copied := &bed{t: t, dir: dir, opts: small()}
	copied.opts.FreshActors = true
	copied.mustStart()
	defer copied.stop()
	if claims := copied.store.Claims(); len(claims) != 0 {
		t.Errorf("a copied folder claims %v", claims)
	}
	if err := copied.store.Confirm(b.store.Claims()); err != nil {
		t.Fatal(err)
	}
	if dot := putMany(t, copied, testKey(1), 1)[0]; dot.Actor == before.Actor {
		t.Errorf("a copied folder issued %s", dot)
	}
}

// TestACopyIsRememberedUntilAStoreIsOpen: a first start that fails between folder and store must not make the
// second one issue the numbers of the original.
func TestACopyIsRememberedUntilAStoreIsOpen(t *testing.T) {
	b := newBed(t, small())
	before := putMany(t, b, testKey(1), 1)[0]
	dir := filepath.Join(t.TempDir(), "copy")
	b.stop()
	copyFolder(t, b.dir, dir)
	b.mustStart()
	f, err := folder.Open(dir, folder.Options{Name: "n1"})
	if err != nil || !f.Copied() {
		t.Fatalf("the copy is said to be one: %t, %v", f.Copied(), err)
	}
	if err := f.Close(); err != nil { // the start went no further
		t.Fatal(err)
	}
	if f, err = folder.Open(dir, folder.Options{Name: "n1"}); err != nil || !f.Copied() {
		t.Fatalf("the second opening says that it is a copy: %t, %v", f.Copied(), err)
	}
	o := small()
	o.Folder, o.FreshActors = f, f.Copied()
	copied := &bed{t: t, dir: dir, opts: small(), folder: f}
	if copied.store, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer copied.stop()
	if dot := putMany(t, copied, testKey(1), 1)[0]; dot.Actor == before.Actor {
		t.Errorf("a copied folder issued %s", dot)
	}
	copied.restart()
	if copied.folder.Copied() {
		t.Error("the copy is still said to be one, though its actors are fresh")
	}
}

// TestADatabaseThatIsNotWhatItWasIsDoubted puts another database below the same folder.
func TestADatabaseThatIsNotWhatItWasIsDoubted(t *testing.T) {
	other := newBed(t, small())
	putMany(t, other, testKey(1), 30)
	other.stop()
	defer other.mustStart()
	for name, spoil := range map[string]func(t *testing.T, dir, old string){
		"an older one": func(t *testing.T, dir, old string) { replaceFolder(t, dir, old) },
		"another one":  func(t *testing.T, dir, _ string) { replaceFolder(t, dir, filepath.Join(other.dir, "badger")) },
		"none":         func(t *testing.T, dir, _ string) { mustRemoveAll(t, dir) },
		"a witness that is lost": func(t *testing.T, dir, _ string) {
			mustRemoveAll(t, filepath.Join(dir, "..", "witness"))
		},
		"neither database nor witness": func(t *testing.T, dir, _ string) {
			mustRemoveAll(t, dir)
			mustRemoveAll(t, filepath.Join(dir, "..", "witness"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, small())
			putMany(t, b, testKey(1), 5)
			old := filepath.Join(t.TempDir(), "old")
			b.stop()
			copyFolder(t, filepath.Join(b.dir, "badger"), old)
			b.mustStart()
			if err := b.store.SetKnowsAll(true); err != nil {
				t.Fatal(err)
			}
			putMany(t, b, testKey(1), 5)
			b.stop()
			spoil(t, filepath.Join(b.dir, "badger"), old)
			b.mustStart()
			if len(b.store.Doubts()) == 0 || b.store.Knows(node.Range{N: 3}) || len(b.store.Claims()) > 0 {
				t.Errorf("doubts %v, knows %t, claims %v", b.store.Doubts(), b.store.Knows(node.Range{N: 3}), b.store.Claims())
			}
			putMany(t, b, testKey(1), 1)
			b.restart()
			if len(b.store.Doubts()) > 0 {
				t.Errorf("the next start still doubts: %v", b.store.Doubts())
			}
		})
	}
}

func replaceFolder(t *testing.T, dir, from string) {
	t.Helper()
	mustRemoveAll(t, dir)
	copyFolder(t, from, dir)
}

func mustRemoveAll(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func TestAnEndBeforeTheFirstCommitIsNoDoubt(t *testing.T) {
	b := newBed(t, small())
	if err := b.crash(); err != nil || len(b.store.Doubts()) > 0 {
		t.Errorf("doubts %v, %v", b.store.Doubts(), err)
	}
	b.restart()
	if len(b.store.Doubts()) > 0 {
		t.Errorf("doubts %v", b.store.Doubts())
	}
}

func TestTheSizeOfTheRingIsFixedByTheFirstWrite(t *testing.T) {
	b := newBed(t, small())
	if err := b.store.SetPartitions(128); err != nil {
		t.Fatal(err)
	}
	if err := b.store.SetPartitions(100); err == nil {
		t.Error("100 partitions were taken")
	}
	putMany(t, b, testKey(1), 1)
	if err := b.store.SetPartitions(64); err == nil {
		t.Error("the size of the ring was changed")
	}
	b.stop()
	if err := b.start(); err == nil || !strings.Contains(err.Error(), "128") {
		t.Errorf("a store for a ring of 64 partitions was opened on one of 128: %v", err)
	}
	b.opts.Partitions = 0 // what the folder knows
	b.mustStart()
	if b.versions(testKey(1)) != 1 || b.store.partitions.Load() != 128 {
		t.Errorf("the ring has %d partitions", b.store.partitions.Load())
	}
}

// TestAWriteUnderWayWhenTheRingIsSizedIsRefused: its actor and its figures are of a range that is none.
func TestAWriteUnderWayWhenTheRingIsSizedIsRefused(t *testing.T) {
	b := newBed(t, small())
	resize := func(h node.Held) (node.Change, error) {
		if err := b.store.SetPartitions(4 * small().Partitions); err != nil {
			t.Error(err)
		}
		return node.Change{Write: true, Object: h.Object, Targets: []ring.NodeID{7}}, nil
	}
	key := testKey(1)
	key.Position = 1<<64 - 1 // in the last partition, which has another number
	if err := b.store.Update(t.Context(), key, false, resize); !errors.Is(err, errResized) {
		t.Errorf("a write for another ring gave %v", err)
	}
	if err := b.store.Update(t.Context(), key, false, resize); err != nil {
		t.Errorf("the second try gave %v", err)
	}
	audit(t, b.store)
}

func TestADamagedListingOrChunkIsDamage(t *testing.T) {
	b := newBed(t, small())
	for i := range 3 {
		if _, err := put1(b.store, testKey(i), value(i, 5000), false); err != nil {
			t.Fatal(err)
		}
	}
	// A record that is gone although it is listed; a chunk that is gone; a chunk of another content.
	other := value(9, 5000)
	k := chunkKey(testKey(2), value(2, 5000).Digest, 0)
	if err := b.lay(put{key: recordKey(testKey(0))}, put{key: chunkKey(testKey(1), value(1, 5000).Digest, 0)},
		put{k, seal(chunkKey(testKey(2), other.Digest, 0), encodeBody(other))}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		rec, err := b.store.Read(t.Context(), testKey(i), -1)
		if !errorsIsDamaged(err) {
			t.Errorf("key %d is read as %+v, %v", i, rec, err)
		}
	}
	if _, err := put1(b.store, testKey(0), value(1, 1), false); !errorsIsDamaged(err) {
		t.Errorf("an update of a lost record gave %v", err)
	}
	if n := b.store.Stats().Damaged; n != 3 {
		t.Errorf("%d objects are counted as damaged, want 3", n)
	}
	putMany(t, b, testKey(5), 1)
	b.restart()
	if n := b.store.Stats().Damaged; n != 3 {
		t.Errorf("after a restart %d objects are counted as damaged, want 3", n)
	}
}
