package trees

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

const partitions = 8

// set is some versions, different for each number; none for 0.
func set(number int) clock.Set {
	if number == 0 {
		return nil
	}
	return clock.Set{{Dot: clock.Dot{Actor: 7, Counter: uint64(number)}, After: uint64(number - 1), Tombstone: true}}
}

func key(i int) node.Key { return node.NewKey("fruit", fmt.Sprint(i), 2+i%2) }

func TestNamesAreThoseOfTheTrees(t *testing.T) {
	for _, bucket := range []string{"", "a", "\x00", string(make([]byte, 300))} {
		if got, want := string(AppendName(nil, bucket, "key")), node.TreeName(bucket, "key"); got != want {
			t.Errorf("bucket %q: %q, want %q", bucket, got, want)
		}
	}
}

func TestSumsOfNothingAreZeroAndBothFormsAgree(t *testing.T) {
	f := New(antientropy.Secret{1}, partitions)
	if !f.Sum(key(1), nil).IsZero() || !f.Change(key(1), set(3), set(3)).IsZero() {
		t.Error("nothing has a sum, or no change is one")
	}
	encoded := f.SumOfEncoded(AppendName(nil, "fruit", "1"), clock.AppendSet(nil, set(4)))
	if f.Sum(key(1), set(4)) != encoded || encoded.IsZero() {
		t.Error("the sum of encoded versions is another one")
	}
	if f.Sum(key(1), set(4)) == New(antientropy.Secret{2}, partitions).Sum(key(1), set(4)) {
		t.Error("the secret has no part in it")
	}
}

// TestAForestKeptUpToDateEqualsOneBuiltAnew writes at random, in batches, and plays the part of the disk.
func TestAForestKeptUpToDateEqualsOneBuiltAnew(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	f := New(antientropy.Secret{9}, partitions)
	held, disk := map[node.Key]int{}, map[node.Range]map[uint32]antientropy.Sum{}
	for range 200 {
		var batch []Change
		for range chance.IntN(20) {
			k, next := key(chance.IntN(60)), chance.IntN(4)
			batch = append(batch, f.Change(k, set(held[k]), set(next)))
			held[k] = next
		}
		for _, leaf := range f.After(batch) {
			if disk[leaf.Range] == nil {
				disk[leaf.Range] = map[uint32]antientropy.Sum{}
			}
			if leaf.Sum.IsZero() {
				delete(disk[leaf.Range], leaf.Index)
			} else {
				disk[leaf.Range][leaf.Index] = leaf.Sum
			}
		}
		f.Apply(batch)
	}
	anew := New(antientropy.Secret{9}, partitions)
	for k, number := range held {
		if number > 0 {
			anew.Add(k, anew.Sum(k, set(number)))
		}
	}
	if between := Between(f.Leaves(), anew.Leaves()); len(between) > 0 {
		t.Errorf("it differs in %d leaves: %v", len(between), between)
	}
	var stored []Leaf
	for r, leaves := range disk {
		for index, sum := range leaves {
			stored = append(stored, Leaf{r, antientropy.Leaf{Index: index, Sum: sum}})
		}
	}
	slices.SortFunc(stored, func(a, b Leaf) int { return compareLeaves([]Leaf{a}, []Leaf{b}) })
	if !slices.Equal(stored, f.Leaves()) {
		t.Error("what was stored is not what is in memory")
	}
	if !slices.Equal(f.Clone().Leaves(), f.Leaves()) {
		t.Error("a clone differs")
	}
	sameLoaded(t, f)
}

// sameLoaded loads what a forest would store.
func sameLoaded(t *testing.T, f *Forest) {
	t.Helper()
	loaded := New(f.Secret(), f.Partitions())
	ranges := map[node.Range][]antientropy.Leaf{}
	for _, leaf := range f.Leaves() {
		ranges[leaf.Range] = append(ranges[leaf.Range], leaf.Leaf)
	}
	for r, leaves := range ranges {
		if err := loaded.Load(r, leaves); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(loaded.Leaves(), f.Leaves()) {
		t.Error("a loaded forest differs")
	}
}

func TestBetweenTurnsOneForestIntoAnother(t *testing.T) {
	a, b := New(antientropy.Secret{1}, partitions), New(antientropy.Secret{1}, partitions)
	for i := range 50 {
		if i%3 > 0 {
			a.Add(key(i), a.Sum(key(i), set(1)))
		}
		if i%5 > 0 {
			b.Add(key(i), b.Sum(key(i), set(1+i%2)))
		}
	}
	a.Apply(Between(a.Leaves(), b.Leaves()))
	if !slices.Equal(a.Leaves(), b.Leaves()) {
		t.Error("they still differ")
	}
}

func TestARangeThatTheRingDoesNotHaveIsRefused(t *testing.T) {
	f := New(antientropy.Secret{}, partitions)
	for _, p := range []int{-1, partitions} {
		if _, err := f.Tree(node.Range{Partition: p, N: 3}); err == nil {
			t.Errorf("partition %d has a tree", p)
		}
		if f.Load(node.Range{Partition: p, N: 3}, nil) == nil {
			t.Errorf("partition %d was loaded", p)
		}
	}
	if f.Load(node.Range{}, []antientropy.Leaf{{Index: 2}}) == nil {
		t.Error("an empty leaf was loaded")
	}
}

// TestCopiesOfAForestAreWalked: the keys of a copy are named and placed as the tree wants them.
func TestCopiesOfAForestAreWalked(t *testing.T) {
	a, b := New(antientropy.Secret{1}, 1), New(antientropy.Secret{1}, 1)
	r := node.Range{N: 3}
	var states [2][]antientropy.KeyState
	for i := range 300 {
		k := node.NewKey("fruit", fmt.Sprint(i), 3)
		for side, f := range []*Forest{a, b} {
			number := 1
			if i == 100 {
				number += side
			}
			f.Add(k, f.Sum(k, set(number)))
			states[side] = append(states[side], antientropy.KeyState{Key: Key(k), Sum: f.Sum(k, set(number))})
		}
	}
	copyOf := func(f *Forest, keys []antientropy.KeyState) *antientropy.Copy {
		slices.SortFunc(keys, func(a, b antientropy.KeyState) int { return a.Compare(b.Key) })
		return antientropy.NewCopy(f.tree(r), func(_ context.Context, from antientropy.Key, last uint64) iter.Seq2[antientropy.KeyState, error] {
			return func(yield func(antientropy.KeyState, error) bool) {
				for _, k := range keys {
					if k.Compare(from) >= 0 && k.Position <= last && !yield(k, nil) {
						return
					}
				}
			}
		})
	}
	var found []string
	_, err := antientropy.Exchange{Local: copyOf(a, states[0]), Remote: copyOf(b, states[1])}.Run(t.Context(), func(d antientropy.Difference) error {
		found = append(found, d.Name)
		return nil
	})
	if err != nil || !slices.Equal(found, []string{node.TreeName("fruit", "100")}) {
		t.Errorf("found %q, %v", found, err)
	}
}
