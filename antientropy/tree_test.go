package antientropy

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func rebuilt(t *testing.T, m *model, depth int) *Tree {
	t.Helper()
	tree, err := Rebuild(context.Background(), m.extent, depth, m.list)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// same looks at all that there is of two trees.
func same(t *testing.T, what string, got, want *Tree) {
	t.Helper()
	if got.Root() != want.Root() || !slices.Equal(got.Leaves(), want.Leaves()) {
		t.Errorf("%s: another tree", what)
	}
	for level := range want.Depth() {
		for index := range spansOf(level) {
			if s := (Span{uint8(level), index}); got.childrenOf(s) != want.childrenOf(s) {
				t.Errorf("%s: other sums under %v", what, s)
			}
		}
	}
	if len(got.blocks) != len(want.blocks) {
		t.Errorf("%s: %d blocks in memory in place of %d", what, len(got.blocks), len(want.blocks))
	}
	if differing, err := got.Differing(want); err != nil || len(differing) > 0 {
		t.Errorf("%s: the leaves %v differ: %v", what, differing, err)
	}
}

func TestATreeThatIsKeptUpToDateEqualsOneBuiltAnew(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, rng *rand.Rand) {
		m := newModel(anyExtent(rng), 1+rng.IntN(DepthMax))
		var used []Key
		for range rng.IntN(500) {
			k := anyKey(rng, m.extent)
			if len(used) > 0 && rng.IntN(2) == 0 {
				k = used[rng.IntN(len(used))]
			}
			used = append(used, k)
			m.put(k, []string{"", "s", "t"}[rng.IntN(3)])
		}
		same(t, "after all writes", m.tree, rebuilt(t, m, m.tree.Depth()))
		for _, k := range used {
			m.put(k, "")
		}
		same(t, "after all was deleted", m.tree, NewTree(m.extent, m.tree.Depth()))
	})
}

func TestTheOrderOfWritesLeavesNoTrace(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, rng *rand.Rand) {
		extent, depth := anyExtent(rng), 1+rng.IntN(DepthMax)
		one, other := NewTree(extent, depth), NewTree(extent, depth)
		var deltas []Delta
		for range rng.IntN(300) {
			k := anyKey(rng, extent)
			deltas = append(deltas, one.Delta(k.Position, hashOf(k, "old"), hashOf(k, "new")))
		}
		one.Apply(deltas)
		rng.Shuffle(len(deltas), func(i, j int) { deltas[i], deltas[j] = deltas[j], deltas[i] })
		for len(deltas) > 0 { // and nor does how they are batched
			n := 1 + rng.IntN(len(deltas))
			other.Apply(deltas[:n])
			deltas = deltas[n:]
		}
		same(t, "shuffled", other, one)
	})
}

func TestAfterForetellsWhatApplyDoes(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, rng *rand.Rand) {
		m := newModel(anyExtent(rng), 1+rng.IntN(DepthMax))
		for range 50 {
			m.put(anyKey(rng, m.extent), "s")
		}
		var deltas []Delta
		for k, state := range m.states {
			switch rng.IntN(4) {
			case 0:
				deltas = append(deltas, m.tree.Delta(k.Position, hashOf(k, state), Sum{}))
			case 1:
				deltas = append(deltas, m.tree.Delta(k.Position, hashOf(k, state), hashOf(k, "t")))
			case 2: // there and back
				deltas = append(deltas, m.tree.Delta(k.Position, Sum{}, hashOf(k, "u")), m.tree.Delta(k.Position, hashOf(k, "u"), Sum{}))
			}
		}
		given := slices.Clone(deltas)
		stored := map[uint32]Sum{} // what the disk holds
		for _, leaf := range m.tree.Leaves() {
			stored[leaf.Index] = leaf.Sum
		}
		before := m.tree.Root()
		for i, leaf := range m.tree.After(deltas) {
			if i > 0 && leaf.Sum == stored[leaf.Index] {
				t.Errorf("leaf %d is named and does not change", leaf.Index)
			}
			stored[leaf.Index] = leaf.Sum
			if leaf.Sum.IsZero() {
				delete(stored, leaf.Index)
			}
		}
		if m.tree.Root() != before || !slices.Equal(given, deltas) {
			t.Error("After has changed something")
		}
		m.tree.Apply(deltas)
		var leaves []Leaf
		for _, leaf := range m.tree.Leaves() {
			if stored[leaf.Index] != leaf.Sum {
				t.Errorf("leaf %d is stored as %s and is %s", leaf.Index, stored[leaf.Index], leaf.Sum)
			}
			leaves = append(leaves, leaf)
		}
		if len(leaves) != len(stored) {
			t.Errorf("%d leaves are stored, and there are %d", len(stored), len(leaves))
		}
		loaded, err := Load(m.extent, m.tree.Depth(), leaves)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "loaded from disk", loaded, m.tree)
	})
}

func TestTheMergeOfDisjointSetsIsTheTreeOfTheirUnion(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, rng *rand.Rand) {
		extent, depth := anyExtent(rng), 1+rng.IntN(DepthMax)
		union, a, b := newModel(extent, depth), newModel(extent, depth), newModel(extent, depth)
		for range rng.IntN(300) {
			k := anyKey(rng, extent)
			if union.states[k] == "" {
				union.put(k, "s")
				[]*model{a, b}[rng.IntN(2)].put(k, "s")
			}
		}
		if err := a.tree.Merge(b.tree); err != nil {
			t.Fatal(err)
		}
		same(t, "merged", a.tree, union.tree)
		if err := a.tree.Merge(a.tree); err != nil {
			t.Fatal(err)
		}
		same(t, "merged with itself", a.tree, NewTree(extent, depth))
	})
}

func TestDifferingNamesTheLeavesOfTheKeysThatDiffer(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, rng *rand.Rand) {
		local, remote := anyPair(rng)
		var want []uint32
		for _, d := range differences(local, remote) {
			want = append(want, local.extent.Span(local.tree.Depth(), d.Position).Index)
		}
		slices.Sort(want)
		got, err := local.tree.Differing(rebuilt(t, remote, local.tree.Depth()))
		if err != nil || !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("got %v, want %v: %v", got, want, err)
		}
	})
}

func TestTreesOfDifferentShapeDoNotMix(t *testing.T) {
	other, err := NewExtent(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	tree := NewTree(Extent{}, 1)
	for _, stranger := range []*Tree{NewTree(Extent{}, 2), NewTree(other, 1)} {
		if err := tree.Merge(stranger); err == nil || !strings.Contains(err.Error(), "cannot take in") {
			t.Errorf("Merge: %v", err)
		}
		if _, err := tree.Differing(stranger); err == nil {
			t.Error("Differing compares them")
		}
	}
}

func TestLoadRefusesLeavesThatAreNoTree(t *testing.T) {
	for _, c := range []struct {
		name   string
		leaves []Leaf
		want   string
	}{
		{"a leaf beyond the last", []Leaf{{64, Sum{1}}}, "63 is the last"},
		{"leaves out of order", []Leaf{{5, Sum{1}}, {4, Sum{1}}}, "leaf 4 stands behind leaf 5"},
		{"a leaf that stands twice", []Leaf{{5, Sum{1}}, {5, Sum{1}}}, "leaf 5 stands behind leaf 5"},
		{"a leaf of nothing", []Leaf{{5, Sum{}}}, "says that there is nothing"},
	} {
		if _, err := Load(Extent{}, 1, c.leaves); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRebuildPassesOnWhatTheListingSays(t *testing.T) {
	broken := errors.New("the disk is gone")
	list := func(...KeyState) List {
		return func(context.Context, Key, uint64) iter.Seq2[KeyState, error] {
			return func(yield func(KeyState, error) bool) { yield(KeyState{}, broken) }
		}
	}
	if _, err := Rebuild(context.Background(), Extent{}, 1, list()); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(broken)
	m := newModel(Extent{}, 1)
	m.put(Key{1, "k"}, "s")
	if _, err := Rebuild(ctx, Extent{}, 1, m.list); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestWhatTheCallerMustNotDoPanicsWithAReason(t *testing.T) {
	half, err := NewExtent(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(){
		"partition 0 of 2": func() { NewTree(half, 1).Delta(1<<63, Sum{}, Sum{1}) },
		"depth 0":          func() { NewTree(half, 0) },
		"depth 3":          func() { NewTree(half, DepthMax+1) },
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, name) {
					t.Errorf("%s: %q", name, said)
				}
			}()
			do()
		}()
	}
}

func TestATreeMayBeReadWhileItChanges(t *testing.T) {
	tree := NewTree(Extent{}, 2)
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for range 500 {
				k := anyKey(rng, Extent{})
				deltas := []Delta{tree.Delta(k.Position, Sum{}, hashOf(k, "s"))}
				tree.After(deltas)
				tree.Apply(deltas)
				tree.Root()
				tree.Leaves()
				tree.childrenOf(Span{1, 0})
				tree.Apply(deltas) // and out again
			}
		})
	}
	group.Wait()
	same(t, "in the end", tree, NewTree(Extent{}, 2))
}
