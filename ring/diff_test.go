package ring

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDiffLeadsFromOneLayoutToTheOther(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		members := anyNodes(r, 1+r.IntN(10), 3)
		l := first(t, members, 32, 3)
		after := next(t, l, changed(r, members, 3))
		for n := 1; n <= 4; n++ {
			changes, err := Diff(l, after, n)
			if err != nil {
				t.Fatal(err)
			}
			byPartition := make(map[int]Change)
			for _, c := range changes {
				byPartition[c.Partition] = c
			}
			for p := range l.Partitions() {
				c := byPartition[p]
				got := slices.Concat(without(l.Owners(p, n), c.Lose), c.Gain)
				want := after.Owners(p, n)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) || len(without(c.Lose, l.Owners(p, n))) > 0 {
					t.Fatalf("seed %d, n=%d, partition %d: %+v leads to %v in place of %v", seed, n, p, c, got, want)
				}
			}
		}
	}
}

func TestDiffFromNothingGivesEverything(t *testing.T) {
	l := first(t, nodes(4), 16, 3)
	changes, err := Diff(nil, l, 3)
	if err != nil || len(changes) != 16 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for p, c := range changes {
		if c.Partition != p || !slices.Equal(c.Gain, l.Owners(p, 3)) || len(c.Lose) != 0 {
			t.Errorf("partition %d: %+v", p, c)
		}
	}
}

func TestDiffOfALayoutAndItselfIsEmpty(t *testing.T) {
	l := first(t, nodes(4), 16, 3)
	if changes, err := Diff(l, l, 3); err != nil || len(changes) != 0 {
		t.Errorf("%v, %v", changes, err)
	}
}

func TestDiffRefusesRingsThatAreCutDifferently(t *testing.T) {
	if changes, err := Diff(first(t, nodes(3), 16, 3), first(t, nodes(3), 32, 3), 3); err == nil {
		t.Errorf("%d changes", len(changes))
	}
}
