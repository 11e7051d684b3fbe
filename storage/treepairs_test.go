package storage

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// differences lets two stores meet over all ranges of an n, and gives what differs and what it cost.
func differences(t *testing.T, a, b *Store, n int) (found []node.Key, total antientropy.Stats) {
	t.Helper()
	for p := range int(a.partitions.Load()) {
		extent, err := antientropy.NewExtent(p, int(a.partitions.Load()))
		if err != nil {
			t.Fatal(err)
		}
		var sides [2]*antientropy.Copy
		for i, s := range []*Store{a, b} {
			if sides[i], err = s.Copy(node.Range{Partition: p, N: n}); err != nil {
				t.Fatal(err)
			}
		}
		report, err := antientropy.Exchange{Extent: extent, Local: sides[0], Remote: sides[1]}.Run(t.Context(), func(d antientropy.Difference) error {
			bucket, name, err := node.ParseTreeName(d.Name)
			found = append(found, node.Key{Bucket: bucket, Name: name, N: n, Position: d.Position})
			return err
		})
		if err != nil || !report.Done {
			t.Fatal(err)
		}
		if report.Differences == 0 && report.Sent+report.Received > 1000 {
			t.Errorf("two equal copies of partition %d exchanged %d bytes", p, report.Sent+report.Received)
		}
		total.Add(report.Stats)
	}
	return found, total
}

func sameKeys(a, b []node.Key) bool {
	order := func(a, b node.Key) int { return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Name, b.Name)) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

// copyRecords brings what can be read of the first test keys from one store to another.
func copyRecords(t *testing.T, from, to *Store, keys int) {
	t.Helper()
	for i := range keys {
		rec, err := from.Read(t.Context(), testKey(i), -1)
		if err != nil {
			continue
		}
		if err := merge(to, testKey(i), rec.Object); err != nil {
			t.Fatal(err)
		}
	}
}

func merge(s *Store, k node.Key, o node.Object) error {
	return s.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		return node.Change{Write: true, Object: node.MergeObjects(h.Object, o)}, nil
	})
}

// TestWhatDiffersIsFoundAtTheCostOfTheDifference fills two stores with the same keys but for a hundred, and
// starts one of them again. KINDRED_TEST_TREE_KEYS is how many keys; 20,000 without it.
func TestWhatDiffersIsFoundAtTheCostOfTheDifference(t *testing.T) {
	keys, differing := 20_000, 100
	if n, err := strconv.Atoi(os.Getenv("KINDRED_TEST_TREE_KEYS")); err == nil {
		keys = n
	}
	o := Options{Partitions: 256, Logger: small().Logger}
	beds := []*bed{newBed(t, o), newBed(t, o)}
	for _, b := range beds {
		if err := b.store.SetTreeKey(testTreeKey); err != nil {
			t.Fatal(err)
		}
		fillMany(t, b.store, keys)
	}
	if found, stats := differences(t, beds[0].store, beds[1].store, 3); len(found) > 0 {
		t.Fatalf("%d keys of equal stores differ", len(found))
	} else {
		t.Logf("%d equal keys: %d bytes for 256 ranges", keys, stats.Sent+stats.Received)
	}
	var want []node.Key
	for i := range differing {
		k := manyKey(i * (keys / differing))
		want = append(want, k)
		if err := merge(beds[i%2].store, k, tombstone(9, 1)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	found, stats := differences(t, beds[0].store, beds[1].store, 3)
	t.Logf("%d keys, %d differ: %d bytes in %d rounds and %s for 256 ranges", keys, differing, stats.Sent+stats.Received, stats.Rounds, time.Since(began))
	if !sameKeys(found, want) {
		t.Errorf("%d keys were found, and %d differ", len(found), len(want))
	}
	if total := stats.Sent + stats.Received; total > 2<<20 {
		t.Errorf("%d bytes were exchanged", total)
	}
	measureOpening(t, beds[0], keys)
}

// measureOpening starts a store again and tells what its trees cost: the bytes of leaves that are read, beside
// all that the database has.
func measureOpening(t *testing.T, b *bed, keys int) {
	t.Helper()
	b.stop()
	var held int64
	files, err := filepath.Glob(filepath.Join(b.dir, "badger", "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		held += info.Size()
	}
	b.mustStart()
	began := time.Now()
	stored, err := b.store.readLeaves(b.store.snaps.present())
	if err != nil {
		t.Fatal(err)
	}
	took, read := time.Since(began), int64(0)
	for _, l := range stored.leaves {
		p := leafPut(l)
		read += int64(len(p.key) + len(p.value))
	}
	t.Logf("%d keys in %d bytes of tables: %d leaves of %d bytes, %.2f %%, are read in %s", keys, held, len(stored.leaves), read, 100*float64(read)/float64(held), took)
	checkTrees(t, b.store)
}

func manyKey(i int) node.Key { return node.NewKey("many", fmt.Sprintf("key/%d", i), 3) }

func tombstone(actor clock.Actor, counter uint64) node.Object {
	return node.Object{Versions: clock.Set{{Dot: clock.Dot{Actor: actor, Counter: counter}, After: counter - 1, Tombstone: true}}}
}

// fillMany writes the same keys in every store: a value of 1 KiB each.
func fillMany(t *testing.T, s *Store, keys int) {
	t.Helper()
	c := value(1, 1<<10)
	var group sync.WaitGroup
	errs := make([]error, 64)
	for w := range errs {
		group.Go(func() {
			for i := w; i < keys && errs[w] == nil; i += len(errs) {
				v := clock.Version{Dot: clock.Dot{Actor: 7, Counter: uint64(i) + 1}, After: uint64(i), Content: c.Digest}
				errs[w] = merge(s, manyKey(i), node.Object{Versions: clock.Set{v}, Contents: []*node.Content{c}})
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
