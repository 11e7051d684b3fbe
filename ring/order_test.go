package ring

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// placesOf counts how often each member has the place among the owners.
func placesOf(l *Layout, place int) map[NodeID]int {
	count := make(map[NodeID]int)
	for p := range l.partitions {
		count[l.members[l.ownersOf(p)[place]].ID]++
	}
	return count
}

func TestEveryPlaceOfAFirstLayoutIsBalanced(t *testing.T) {
	for size := 3; size <= 100; size++ {
		zones := 1 + size%4
		l := first(t, inZones(nodes(size), zones), DefaultPartitions, 3)
		count := loads(l)
		for place := range 3 {
			if zones == 2 && place > 0 {
				break // the second place must go to the other zone, balanced or not
			}
			at := placesOf(l, place)
			for _, m := range l.Members() {
				if got, share := at[m.ID], count[m.ID]/3; got < share-1 || got > share+2 {
					t.Errorf("%d nodes: %s holds %d partitions and has place %d in %d", size, m.Name, count[m.ID], place, got)
				}
			}
		}
	}
}

func TestFirstPlacesStayBalancedAsNodesComeAndGo(t *testing.T) {
	const seed, most = 11, 3
	r := rand.New(rand.NewPCG(seed, 0))
	all := nodes(60)
	l := first(t, all[:3], DefaultPartitions, 3)
	for step := range 200 {
		members := slices.Clone(l.Members())
		if r.IntN(2) == 0 && len(members) > 4 || len(members) > 40 {
			i := r.IntN(len(members))
			members = slices.Delete(members, i, i+1)
		} else if m := all[r.IntN(len(all))]; !slices.Contains(members, m) {
			members = append(members, m)
		}
		l = next(t, l, members)
		count, at := loads(l), placesOf(l, 0)
		for _, m := range l.Members() {
			if off := at[m.ID] - count[m.ID]/3; off < -most || off > most {
				t.Errorf("seed %d, step %d, %d nodes: %s holds %d partitions and is first in %d",
					seed, step, len(members), m.Name, count[m.ID], at[m.ID])
			}
		}
	}
}

func TestOwnersThatStayKeepTheirOrder(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		members := anyNodes(r, 1+r.IntN(15), 3)
		l := first(t, members, 32, 1+r.IntN(12))
		for range 4 {
			members = changed(r, members, 3)
			after := next(t, l, members)
			for p := range l.Partitions() {
				before, now := l.Owners(p, l.N()), after.Owners(p, l.N())
				stay := slices.DeleteFunc(before, func(id NodeID) bool { return !slices.Contains(now, id) })
				kept := slices.DeleteFunc(now, func(id NodeID) bool { return !slices.Contains(stay, id) })
				if !slices.Equal(stay, kept) {
					t.Fatalf("seed %d, partition %d: %v became %v", seed, p, stay, kept)
				}
			}
			l = after
		}
	}
}

func TestFewerCopiesThanTheDefaultAreSpreadOverZonesToo(t *testing.T) {
	l := first(t, inZones(nodes(9), 2), DefaultPartitions, 3)
	for p := range l.Partitions() {
		owners := l.Owners(p, 2)
		a, _ := l.Member(owners[0])
		b, _ := l.Member(owners[1])
		if a.Zone == b.Zone {
			t.Fatalf("partition %d: the first two owners are both in zone %s", p, a.Zone)
		}
	}
}

func TestBucketsWithFewerCopiesMoveLittle(t *testing.T) {
	all := nodes(21)
	l := first(t, all[:20], DefaultPartitions, 3)
	for _, c := range []struct {
		name    string
		members []Member
		least   int // for one copy of each partition
	}{
		{"join", all, DefaultPartitions / 21},
		{"leave", all[1:20], DefaultPartitions / 20},
		{"replace", all[1:], DefaultPartitions / 20},
	} {
		after := next(t, l, c.members)
		for n := 1; n <= 2; n++ {
			changes, err := Diff(l, after, n)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, n=%d: %d partitions change, about %d must", c.name, n, len(changes), n*c.least)
			if len(changes) > 2*n*(c.least+1) {
				t.Errorf("%s, n=%d: %d partitions change, about %d must", c.name, n, len(changes), n*c.least)
			}
		}
	}
}

func TestBalanceOfPicks(t *testing.T) {
	// Against all ways to pick: the least sum of what is beyond the spans.
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 6))
		members := 2 + r.IntN(3)
		picks := make([]pick, 1+r.IntN(6))
		load := make([]int, members)
		for i := range picks {
			for m := range members {
				if r.IntN(2) == 0 {
					picks[i].options = append(picks[i].options, uint16(m))
				}
			}
			if len(picks[i].options) == 0 {
				picks[i].options = []uint16{0}
			}
			picks[i].chosen = picks[i].options[r.IntN(len(picks[i].options))]
			load[picks[i].chosen]++
		}
		spans := make([]span, members)
		for m := range spans {
			spans[m] = span{len(picks) / members, (len(picks) + members - 1) / members}
		}
		beyond := func(load []int) int {
			sum := 0
			for m, s := range spans {
				sum += max(0, s.low-load[m]) + max(0, load[m]-s.high)
			}
			return sum
		}
		least := unbounded
		var try func(i int, load []int)
		try = func(i int, load []int) {
			if i == len(picks) {
				least = min(least, beyond(load))
				return
			}
			for _, o := range picks[i].options {
				load[o]++
				try(i+1, load)
				load[o]--
			}
		}
		try(0, make([]int, members))
		balance(picks, spans, load)
		count := make([]int, members)
		for _, p := range picks {
			if !slices.Contains(p.options, p.chosen) {
				t.Fatalf("seed %d: %d is no option of %v", seed, p.chosen, p.options)
			}
			count[p.chosen]++
		}
		if !slices.Equal(count, load) || beyond(load) != least {
			t.Fatalf("seed %d: loads %v (%v by count) are %d beyond %v, %d is possible", seed, load, count, beyond(load), spans, least)
		}
	}
}
