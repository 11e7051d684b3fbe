package storetest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Trees is what a store with hash trees has beside node.Store.
type Trees interface {
	node.Trees
	SetTreeKey(antientropy.Secret) error
	CheckTrees(context.Context) error
}

func hasTrees(s *Subject) bool   { _, has := s.Store.(Trees); return has }
func canRegrow(s *Subject) bool  { return hasTrees(s) && canReopen(s) && canCrash(s) }
func canWither(s *Subject) bool  { return hasTrees(s) && canDamage(s) }
func treesOf(s *Subject) Trees   { return s.Store.(Trees) }
func stateOf(v clock.Set) []byte { return clock.AppendSet(nil, v) }

var treeSecret = antientropy.Secret{1, 2, 3, 4}

func mustSetTreeKey(t *testing.T, s *Subject) {
	t.Helper()
	if err := treesOf(s).SetTreeKey(treeSecret); err != nil {
		t.Fatal(err)
	}
}

// forest is what a store should hold: each key's versions. It knows nothing of trees.
type forest map[node.Key]clock.Set

// syncAll has all that was acknowledged on disk: an update that waits for the disk takes along those before it.
// What it writes is in no tree.
func syncAll(t *testing.T, s *Subject) {
	t.Helper()
	err := s.Store.Update(context.Background(), node.NewKey("sync", "", 3), true, func(node.Held) (node.Change, error) {
		return node.Change{Write: true, Targets: []ring.NodeID{7}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// check compares all trees and all listings with what should be held.
func (f forest) check(t *testing.T, s *Subject) {
	t.Helper()
	syncAll(t, s)
	want := map[node.Range][]antientropy.KeyState{}
	for k, versions := range f {
		if len(versions) > 0 {
			name := node.TreeName(k.Bucket, k.Name)
			want[k.RangeOf(Partitions)] = append(want[k.RangeOf(Partitions)], antientropy.KeyState{
				Key: antientropy.Key{Position: k.Position, Name: name}, Sum: antientropy.Hash(treeSecret, []byte(name), stateOf(versions)),
			})
		}
	}
	for _, n := range []int{1, 2, 3} {
		for p := range Partitions {
			checkRange(t, s, node.Range{Partition: p, N: n}, want[node.Range{Partition: p, N: n}])
		}
	}
	if err := treesOf(s).CheckTrees(context.Background()); err != nil {
		t.Error(err)
	}
}

func checkRange(t *testing.T, s *Subject, r node.Range, want []antientropy.KeyState) {
	t.Helper()
	slices.SortFunc(want, func(a, b antientropy.KeyState) int { return a.Compare(b.Key) })
	root := antientropy.Sum{}
	for _, k := range want {
		root = root.Xor(k.Sum)
	}
	a := ask(t, s, r, antientropy.Request{Want: antientropy.WantSums})
	if a.Sums[0] != root {
		t.Errorf("the tree of %+v is not that of its %d keys", r, len(want))
	}
	if got := listed(t, s, r); !slices.Equal(got, want) {
		t.Errorf("%+v lists %d keys, want %d: %v, want %v", r, len(got), len(want), got, want)
	}
}

func ask(t *testing.T, s *Subject, r node.Range, request antientropy.Request) antientropy.Answer {
	t.Helper()
	c, err := treesOf(s).Copy(r)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Ask(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// listed lists the range in pages of three keys.
func listed(t *testing.T, s *Subject, r node.Range) (keys []antientropy.KeyState) {
	t.Helper()
	request := antientropy.Request{Want: antientropy.WantKeys, Spans: []antientropy.Span{{}}, KeysMax: 3}
	for {
		a := ask(t, s, r, request)
		keys = append(keys, a.Keys...)
		if !a.More {
			return keys
		}
		last := keys[len(keys)-1]
		request.From = antientropy.Key{Position: last.Position, Name: last.Name + "\x00"}
	}
}

// live does random things to a few keys: writes over what is there, writes that saw nothing, tombstones, merges
// of strange versions, hints alone, forgetting. Dots are the life's own.
func (f forest) live(t *testing.T, s node.Store, chance *rand.Rand, actor clock.Actor, steps int, keys []node.Key) {
	counter := uint64(0)
	for range steps {
		k := keys[chance.IntN(len(keys))]
		err := s.Update(context.Background(), k, chance.IntN(4) == 0, func(h node.Held) (node.Change, error) {
			counter++
			v, o := clock.Version{}, node.Object{}
			source := clock.Source{Actor: actor, Counter: counter, Since: counter - 1}
			targets := []ring.NodeID{7, 8}[:chance.IntN(3)]
			switch chance.IntN(6) {
			case 0:
				f[k] = nil
				return node.Change{Write: true}, nil
			case 1:
				f[k] = h.Versions
				return node.Change{Write: true, Object: h.Object, Targets: targets}, nil
			case 2:
				v = clock.Update(clock.Clock{}, h.Versions, source)
			default:
				v = clock.Update(h.Versions.Context(), h.Versions, source)
			}
			if v.Tombstone = chance.IntN(4) == 0; !v.Tombstone {
				c := content(int(counter), []int{0, 20, 3000}[chance.IntN(3)])
				v.Content, o.Contents = c.Digest, []*node.Content{c}
			}
			o.Versions = clock.Set{v}
			merged := node.MergeObjects(h.Object, o)
			f[k] = merged.Versions
			return node.Change{Write: true, Object: merged, Targets: targets}, nil
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}

func someKeys(from, count int) (keys []node.Key) {
	for i := range count {
		keys = append(keys, node.NewKey([]string{"fruit", "", "nuts"}[i%3], fmt.Sprintf("%d", from+i), 1+i%3))
	}
	return keys
}

func testTrees(t *testing.T, s *Subject) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance, f := rand.New(rand.NewPCG(seed, 0)), forest{}
	mustSetTreeKey(t, s)
	for round := range 4 {
		f.live(t, s.Store, chance, clock.Actor(round+1), 100, someKeys(0, 30))
		f.check(t, s)
	}
}

func testTreesOfMany(t *testing.T, s *Subject) {
	mustSetTreeKey(t, s)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	lives := make([]forest, 8)
	var wg sync.WaitGroup
	for i := range lives {
		lives[i] = forest{}
		wg.Go(func() {
			lives[i].live(t, s.Store, rand.New(rand.NewPCG(seed, uint64(i))), clock.Actor(i+1), 60, someKeys(100*i, 20))
		})
	}
	wg.Wait()
	all := forest{}
	for _, f := range lives {
		maps.Copy(all, f)
	}
	all.check(t, s)
}

func testTreesReopen(t *testing.T, s *Subject) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance, f := rand.New(rand.NewPCG(seed, 0)), forest{}
	mustSetTreeKey(t, s)
	for round, how := range []func() (node.Store, error){s.Reopen, s.Crash, s.Reopen} {
		f.live(t, s.Store, chance, clock.Actor(round+1), 60, someKeys(0, 30))
		syncAll(t, s)
		s.reopen(t, how)
		f.check(t, s) // the secret is known from the start
		mustSetTreeKey(t, s)
	}
}

func testTreesLate(t *testing.T, s *Subject) {
	chance, f := rand.New(rand.NewPCG(1, 0)), forest{}
	if _, err := treesOf(s).Copy(node.Range{N: 3}); err == nil {
		t.Error("there are trees before there is a secret")
	}
	f.live(t, s.Store, chance, 1, 100, someKeys(0, 30))
	mustSetTreeKey(t, s)
	f.check(t, s)
	f.live(t, s.Store, chance, 2, 100, someKeys(0, 30))
	f.check(t, s)
}

func testTreeKey(t *testing.T, s *Subject) {
	mustSetTreeKey(t, s)
	mustSetTreeKey(t, s)
	if treesOf(s).SetTreeKey(antientropy.Secret{9}) == nil {
		t.Error("another secret was taken")
	}
	if _, err := treesOf(s).Copy(node.Range{Partition: Partitions, N: 3}); err == nil {
		t.Error("a partition that there is not has a tree")
	}
	s.reopen(t, s.Reopen)
	if treesOf(s).SetTreeKey(antientropy.Secret{9}) == nil {
		t.Error("another secret was taken after a restart")
	}
}

// testTreesOnePosition: whoever looks for it finds keys that share a position, and their order is that of the
// names in the tree.
func testTreesOnePosition(t *testing.T, s *Subject) {
	mustSetTreeKey(t, s)
	f := forest{}
	for i, name := range []string{"b", "aa", "a", "", "ba", "\x00", "aaa", "\xff"} {
		k := node.Key{Bucket: []string{"fruit", "nut", "apple"}[i%3], Name: name, N: 3, Position: 1 << 60}
		f.live(t, s.Store, rand.New(rand.NewPCG(5, 5)), clock.Actor(i+1), 3, []node.Key{k})
	}
	f.check(t, s)
}

func testTreesExchange(t *testing.T, s *Subject) {
	mustSetTreeKey(t, s)
	f, other := forest{}, forest{}
	keys := someKeys(0, 200)
	f.live(t, s.Store, rand.New(rand.NewPCG(3, 0)), 1, 600, keys)
	maps.Copy(other, f)
	want := map[node.Key]bool{}
	for i := range 10 {
		k := keys[i*17]
		other[k] = clock.Set{{Dot: clock.Dot{Actor: 99, Counter: 1}, Tombstone: true}}
		want[k] = true
	}
	syncAll(t, s)
	for p := range Partitions {
		for _, n := range []int{1, 2, 3} {
			r := node.Range{Partition: p, N: n}
			extent, err := antientropy.NewExtent(p, Partitions)
			if err != nil {
				t.Fatal(err)
			}
			local, err := treesOf(s).Copy(r)
			if err != nil {
				t.Fatal(err)
			}
			_, err = antientropy.Exchange{Extent: extent, Local: local, Remote: other.copyOf(t, r, extent)}.Run(t.Context(), func(d antientropy.Difference) error {
				bucket, name, err := node.ParseTreeName(d.Name)
				if k := node.NewKey(bucket, name, n); !want[k] {
					t.Errorf("%+v is said to differ", k)
				} else {
					delete(want, k)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

func testTreesDamage(t *testing.T, s *Subject) {
	mustSetTreeKey(t, s)
	keys := sameRange(3)
	for i, k := range keys {
		mustPut(t, s.Store, k, content(i, 10))
	}
	syncAll(t, s)
	r := keys[0].RangeOf(Partitions)
	before := listed(t, s, r)
	if err := s.Damage(keys[1]); err != nil {
		t.Fatal(err)
	}
	damaged := node.TreeName(keys[1].Bucket, keys[1].Name)
	want := slices.DeleteFunc(before, func(k antientropy.KeyState) bool { return k.Name == damaged })
	if got := listed(t, s, r); !slices.Equal(got, want) {
		t.Errorf("beside a damaged record %d keys are listed, want %d", len(got), len(want))
	}
}
