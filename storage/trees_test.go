package storage

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// newGrove is a bed whose store has trees and some keys.
func newGrove(t *testing.T, keys int) *bed {
	t.Helper()
	b := newBed(t, small())
	if err := b.store.SetTreeKey(testTreeKey); err != nil {
		t.Fatal(err)
	}
	fillGrove(t, b, 0, keys)
	return b
}

func fillGrove(t *testing.T, b *bed, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if _, err := put1(b.store, testKey(i), value(i, 100), false); err != nil {
			t.Fatal(err)
		}
	}
}

func checkTrees(t *testing.T, s *Store) {
	t.Helper()
	if err := s.CheckTrees(t.Context()); err != nil {
		t.Error(err)
	}
}

// someLeaf is a leaf that is stored.
func someLeaf(t *testing.T, s *Store) trees.Leaf {
	t.Helper()
	leaves := s.forest.Load().Leaves()
	if len(leaves) == 0 {
		t.Fatal("the trees are empty")
	}
	return leaves[len(leaves)/2]
}

func TestTreesThatCannotBeTrustedAreMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, b *bed) put{
		"a damaged leaf": func(t *testing.T, b *bed) put {
			l := someLeaf(t, b.store)
			return put{leafKey(l.Range, l.Index), []byte("Kd, and then something else")}
		},
		"a leaf of another depth": func(t *testing.T, b *bed) put {
			l := someLeaf(t, b.store)
			key := leafKey(l.Range, l.Index)
			return put{key, seal(key, antientropy.AppendLeaf(nil, trees.Depth+1, l.Sum))}
		},
		"a leaf that no tree has": func(t *testing.T, b *bed) put {
			l := someLeaf(t, b.store)
			l.Index = 1 << 20
			return leafPut(l)
		},
		"a leaf of a partition that there is not": func(t *testing.T, b *bed) put {
			l := someLeaf(t, b.store)
			l.Range.Partition = 1 << 20
			return leafPut(l)
		},
		"no roots":      func(*testing.T, *bed) put { return put{key: rootsKey} },
		"damaged roots": func(*testing.T, *bed) put { return put{rootsKey, []byte{1}} },
		"roots of another secret": func(*testing.T, *bed) put {
			return put{rootsKey, seal(rootsKey, rootsOf(antientropy.Secret{9}, 64).encode())}
		},
		"roots of another ring": func(*testing.T, *bed) put {
			return put{rootsKey, seal(rootsKey, rootsOf(testTreeKey, 128).encode())}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newGrove(t, 50)
			if err := b.lay(spoil(t, b)); err != nil {
				t.Fatal(err)
			}
			if b.store.CheckTrees(t.Context()) == nil {
				t.Error("the check finds nothing wrong")
			}
			b.restart()
			checkTrees(t, b.store)
			fillGrove(t, b, 25, 60)
			b.restart()
			checkTrees(t, b.store)
		})
	}
}

// TestALostSecretIsLearntAgain: what is written while nobody knows the secret must not be missed later.
func TestALostSecretIsLearntAgain(t *testing.T) {
	b := newGrove(t, 30)
	b.stop()
	mustRemoveAll(t, filepath.Join(b.dir, "state", treeKeyState))
	b.mustStart()
	if _, err := b.store.Copy(node.Range{N: 3}); !errors.Is(err, ErrNoTrees) {
		t.Errorf("a copy without a secret: %v", err)
	}
	if err := b.store.CheckTrees(t.Context()); !errors.Is(err, ErrNoTrees) {
		t.Errorf("a check without a secret: %v", err)
	}
	if _, err := b.store.MendTree(t.Context(), node.Range{N: 3}); !errors.Is(err, ErrNoTrees) {
		t.Errorf("mending without a secret: %v", err)
	}
	fillGrove(t, b, 20, 40)
	b.restart()
	fillGrove(t, b, 40, 50)
	if err := b.store.SetTreeKey(testTreeKey); err != nil {
		t.Fatal(err)
	}
	checkTrees(t, b.store)
	b.restart()
	checkTrees(t, b.store)
}

func TestASmallerRingBeforeTheFirstWriteHasTreesToo(t *testing.T) {
	b := newBed(t, small())
	if err := b.store.SetTreeKey(testTreeKey); err != nil {
		t.Fatal(err)
	}
	if err := b.store.SetPartitions(8); err != nil {
		t.Fatal(err)
	}
	fillGrove(t, b, 0, 20)
	checkTrees(t, b.store)
	if _, err := b.store.Copy(node.Range{Partition: 8, N: 3}); err == nil {
		t.Error("a partition of the larger ring has a tree")
	}
	b.opts.Partitions = 8
	b.restart()
	checkTrees(t, b.store)
}

// TestTreesOfAnOlderDatabaseAreItsOwn puts an old database below the folder, and then starts an old folder.
func TestTreesOfAnOlderDatabaseAreItsOwn(t *testing.T) {
	b := newGrove(t, 40)
	old := filepath.Join(t.TempDir(), "old")
	b.stop()
	copyFolder(t, b.dir, old)
	b.mustStart()
	fillGrove(t, b, 20, 60)
	b.stop()
	replaceFolder(t, filepath.Join(b.dir, "badger"), filepath.Join(old, "badger"))
	b.mustStart()
	if len(b.store.Doubts()) == 0 {
		t.Error("an older database is not doubted")
	}
	checkTrees(t, b.store)
	restored := &bed{t: t, dir: old, opts: small()}
	restored.mustStart()
	defer restored.stop()
	checkTrees(t, restored.store)
	if !slices.Equal(restored.store.forest.Load().Leaves(), b.store.forest.Load().Leaves()) {
		t.Error("one database has two sets of trees")
	}
}

// TestAnExchangeWithARestoredFolderFindsWhatChangedSince is two stores, one of which stayed behind.
func TestAnExchangeWithARestoredFolderFindsWhatChangedSince(t *testing.T) {
	b := newGrove(t, 100)
	old := filepath.Join(t.TempDir(), "old")
	b.stop()
	copyFolder(t, b.dir, old)
	b.mustStart()
	fillGrove(t, b, 90, 110)
	restored := &bed{t: t, dir: old, opts: small()}
	restored.mustStart()
	defer restored.stop()
	found, _ := differences(t, b.store, restored.store, 3)
	var want []node.Key
	for i := 90; i < 110; i++ {
		want = append(want, testKey(i))
	}
	if !sameKeys(found, want) {
		t.Errorf("found %v", found)
	}
}

func TestAFullDiskHoldsUpTheMakingOfTrees(t *testing.T) {
	b := newGrove(t, 30)
	if err := b.lay(put{key: rootsKey}); err != nil {
		t.Fatal(err)
	}
	b.free.Store(5 << 20) // enough for a start, and below the floor
	b.restart()
	if _, err := b.store.Copy(node.Range{N: 3}); !errors.Is(err, ErrNoTrees) {
		t.Errorf("a copy on a full disk: %v", err)
	}
	if _, err := put1(b.store, testKey(1), value(1, 1), false); !errors.Is(err, node.ErrDiskFull) {
		t.Errorf("a put on a full disk: %v", err)
	}
	b.free.Store(0)
	b.store.lookAtSpace()
	fillGrove(t, b, 20, 40)
	checkTrees(t, b.store)
	b.restart()
	checkTrees(t, b.store)
}

// TestALostRecordIsTakenOutOfItsTree: a record that is damaged, and one that is gone, while others of their
// range are written.
func TestALostRecordIsTakenOutOfItsTree(t *testing.T) {
	b := newGrove(t, 300)
	var lost []node.Key
	for i := range 10 {
		k := testKey(i * 17)
		p := put{key: recordKey(k)}
		if i%2 == 0 {
			p.value = []byte("Kd, and then something else")
		}
		if err := b.lay(p); err != nil {
			t.Fatal(err)
		}
		lost = append(lost, k)
	}
	whole := newBed(t, small())
	if err := whole.store.SetTreeKey(testTreeKey); err != nil {
		t.Fatal(err)
	}
	copyRecords(t, b.store, whole.store, 300)
	if b.store.CheckTrees(t.Context()) == nil {
		t.Error("the check finds nothing wrong")
	}
	mended := 0
	for i, k := range lost {
		leaves, err := b.store.MendTree(t.Context(), k.RangeOf(64))
		if err != nil {
			t.Fatal(err)
		}
		mended += leaves
		fillGrove(t, b, 300+i, 301+i)
	}
	if mended == 0 {
		t.Error("nothing was mended")
	}
	checkTrees(t, b.store)
	b.restart()
	checkTrees(t, b.store)
	copyRecords(t, b.store, whole.store, 310)
	if found, _ := differences(t, b.store, whole.store, 3); len(found) > 0 {
		t.Errorf("beside what was lost %d keys differ: %v", len(found), found)
	}
}
