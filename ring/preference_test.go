package ring

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func TestPreferenceLists(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 7))
		members := anyNodes(r, 1+r.IntN(20), 1+r.IntN(4))
		l := first(t, members, 1<<r.IntN(7), 1+r.IntN(6))
		for range 50 {
			position := r.Uint64()
			partition := l.Partition(position)
			def := l.PreferenceList(position, l.N())
			for n := 1; n <= len(members)+2; n++ {
				list := l.PreferenceList(position, n)
				if len(list) != len(members) {
					t.Fatalf("seed %d: %d places for %d members", seed, len(list), len(members))
				}
				owners := l.Owners(partition, n)
				if len(owners) != min(n, len(members)) {
					t.Fatalf("seed %d: %d owners, n=%d, %d members", seed, len(owners), n, len(members))
				}
				seen := make(map[NodeID]bool)
				for i, place := range list {
					primary := i < len(owners)
					if _, known := l.Member(place.Node); !known || seen[place.Node] {
						t.Fatalf("seed %d: place %d: %s is no member, or there before", seed, i, place.Node)
					}
					seen[place.Node] = true
					if primary != (place.Role == Primary) || primary != l.Owns(place.Node, partition, n) {
						t.Fatalf("seed %d: n=%d, place %d is a %s; Owns says %v", seed, n, i, place.Role, !primary)
					}
					if primary && owners[i] != place.Node || place.Node != def[i].Node {
						t.Fatalf("seed %d: n=%d, place %d is %s: owner %v, by default %s", seed, n, i, place.Node, owners, def[i].Node)
					}
				}
			}
		}
	}
}

func TestPartitionsAreTheTopBits(t *testing.T) {
	cases := []struct {
		name       string
		partitions int
		position   uint64
		want       int
	}{
		{"a ring that is not cut", 1, 1<<64 - 1, 0},
		{"the lower half", 2, 1<<63 - 1, 0},
		{"the upper half", 2, 1 << 63, 1},
		{"the lowest position", 256, 0, 0},
		{"the end of a partition", 256, 0x41ffffffffffffff, 0x41},
		{"the start of a partition", 256, 0x4200000000000000, 0x42},
		{"the highest position", PartitionsMax, 1<<64 - 1, PartitionsMax - 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := first(t, nodes(1), c.partitions, 1).Partition(c.position); got != c.want {
				t.Errorf("%#x lies in partition %d in place of %d", c.position, got, c.want)
			}
		})
	}
}

func TestQuestionsAboutWhatIsNotThere(t *testing.T) {
	l := first(t, nodes(3), 16, 3)
	id := nodes(1)[0].ID
	for _, partition := range []int{-1, 16, 1 << 30} {
		if l.Owners(partition, 3) != nil || l.Owns(id, partition, 3) {
			t.Errorf("partition %d has owners", partition)
		}
	}
	if l.Owns(12345, 0, 3) {
		t.Error("a stranger owns a partition")
	}
	if _, found := l.Member(12345); found {
		t.Error("a stranger is a member")
	}
	for _, n := range []int{0, -5} {
		if got := l.Owners(0, n); !slices.Equal(got, l.Owners(0, 1)) {
			t.Errorf("n=%d has the owners %v", n, got)
		}
	}
}

func TestTheTailComesFromZonesInTurn(t *testing.T) {
	l := first(t, inZones(nodes(15), 5), 64, 3)
	for p := range l.Partitions() {
		zones := make(map[string]bool)
		for _, id := range l.Owners(p, 5) {
			m, _ := l.Member(id)
			zones[m.Zone] = true
		}
		if len(zones) != 5 {
			t.Fatalf("partition %d: five copies lie in %d of 5 zones", p, len(zones))
		}
	}
}

func TestTheTailKeepsItsOrderWhenAnotherNodeJoins(t *testing.T) {
	all := nodes(21)
	l := first(t, all[:20], DefaultPartitions, 3)
	after := next(t, l, all)
	for p := range l.Partitions() {
		tail := func(l *Layout) []NodeID {
			return slices.DeleteFunc(l.Owners(p, 21), func(id NodeID) bool {
				return l.Owns(id, p, 3) || id == all[20].ID
			})
		}
		before, now := tail(l), tail(after)
		// A node may enter the tail that was an owner before; the others are as they were.
		now = slices.DeleteFunc(now, func(id NodeID) bool { return !slices.Contains(before, id) })
		if !slices.Equal(before, now) {
			t.Fatalf("partition %d: the tail %v became %v", p, before, now)
		}
	}
}

func TestFallbacksOfANodeAreManyOthers(t *testing.T) {
	// The load of a node that is down must not fall on one other.
	l := first(t, nodes(10), DefaultPartitions, 3)
	down := l.Members()[4].ID
	takes := make(map[NodeID]int)
	for p := range l.Partitions() {
		if l.Owns(down, p, 3) {
			takes[l.Owners(p, 4)[3]]++
		}
	}
	for id, count := range takes {
		if count > loads(l)[down]/3 {
			t.Errorf("%s stands in for %d of the %d partitions of %s", id, count, loads(l)[down], down)
		}
	}
	if len(takes) != 9 {
		t.Errorf("%d of 9 nodes stand in", len(takes))
	}
}

func TestCopiesOfANodeAreSpreadOverTheOthers(t *testing.T) {
	// So that many rebuild what one has lost: after joins as well as at first.
	grown := first(t, nodes(3), DefaultPartitions, 3)
	for size := 4; size <= 12; size++ {
		grown = next(t, grown, nodes(size))
	}
	for name, l := range map[string]*Layout{"first": first(t, nodes(12), DefaultPartitions, 3), "grown": grown} {
		for _, m := range l.Members() {
			shared := make(map[NodeID]int)
			for p := range l.Partitions() {
				if l.Owns(m.ID, p, 3) {
					for _, id := range l.Owners(p, 3) {
						shared[id]++
					}
				}
			}
			if len(shared) != 12 {
				t.Errorf("%s: %s shares partitions with %d of 11 others", name, m.Name, len(shared)-1)
			}
			for id, count := range shared {
				if id != m.ID && count > loads(l)[m.ID]/2 {
					t.Errorf("%s: %s shares %d of its %d partitions with one other", name, m.Name, count, loads(l)[m.ID])
				}
			}
		}
	}
}

func TestListsAreAskedForByManyAtOnce(t *testing.T) {
	l := first(t, nodes(7), 16, 3)
	want := first(t, nodes(7), 16, 3)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for p := range 16 {
				position := uint64(p) << 60
				if !slices.Equal(l.PreferenceList(position, 1+g%4), want.PreferenceList(position, 1+g%4)) {
					t.Errorf("partition %d, n=%d: another list", p, 1+g%4)
				}
			}
		})
	}
	all.Wait()
}

func TestAListThatWasAskedForOnceCostsNoMemory(t *testing.T) {
	l := first(t, nodes(100), DefaultPartitions, 3)
	var places int
	if got := testing.AllocsPerRun(100, func() { places += len(l.PreferenceList(1<<63, 3)) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestLayoutsTooLargeToKeepTheirListsHaveTheSameOnes(t *testing.T) {
	l := first(t, nodes(30), 64, 3)
	want := l.PreferenceList(1<<62, 3)
	l.lists = nil
	if !slices.Equal(l.PreferenceList(1<<62, 3), want) {
		t.Error("another list")
	}
}

func TestNames(t *testing.T) {
	if got := Primary.String() + " " + Fallback.String(); got != "primary fallback" {
		t.Error(got)
	}
	id := NodeID(0xab)
	if parsed, err := ParseNodeID(id.String()); err != nil || parsed != id {
		t.Errorf("%s is read as %s: %v", id, parsed, err)
	}
	for _, s := range []string{"", "ab", "0000000000000000", "00000000000000zz", "+0000000000000ab", "00000000000000AB", "00000000000000ab0"} {
		if id, err := ParseNodeID(s); err == nil {
			t.Errorf("%q is read as %s", s, id)
		}
	}
}
