package ring

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// nodes gives members n1, n2, … of capacity 1 in one zone; their ids do not follow their names.
func nodes(count int) []Member {
	members := make([]Member, count)
	for i := range members {
		members[i] = Member{ID: NodeID(uint64(i+1) * 0x9e3779b97f4a7c15), Name: fmt.Sprintf("n%d", i+1), Capacity: 1}
	}
	return members
}

// inZones deals the members out to zones a, b, … in turn.
func inZones(members []Member, zones int) []Member {
	out := slices.Clone(members)
	for i := range out {
		out[i].Zone = string(rune('a' + i%zones))
	}
	return out
}

// anyNodes gives members with random zones and capacities.
func anyNodes(r *rand.Rand, count, zones int) []Member {
	members := nodes(count)
	for i := range members {
		members[i].Zone = string(rune('a' + r.IntN(zones)))
		members[i].Capacity = []uint32{1, 1, 1, 2, 3, 10, 4_000_000_000}[r.IntN(7)]
	}
	return members
}

// changed takes some members away, adds some that were never there, and re-weighs and re-zones some.
func changed(r *rand.Rand, members []Member, zones int) []Member {
	var out []Member
	for _, m := range members {
		switch r.IntN(8) {
		case 0:
			continue
		case 1:
			m.Zone = string(rune('a' + r.IntN(zones)))
		case 2:
			m.Capacity = uint32(1 + r.IntN(5))
		}
		out = append(out, m)
	}
	for i := range r.IntN(4) {
		out = append(out, Member{
			ID: NodeID(r.Uint64() | 1), Name: fmt.Sprintf("new%d-%x", i, r.Uint32()),
			Zone: string(rune('a' + r.IntN(zones))), Capacity: uint32(1 + r.IntN(3)),
		})
	}
	if len(out) == 0 {
		return members
	}
	return out
}

func first(t testing.TB, members []Member, partitions, n int) *Layout {
	t.Helper()
	l, err := First(members, partitions, n)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func next(t testing.TB, last *Layout, members []Member) *Layout {
	t.Helper()
	l, err := Next(last, members)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// loads counts the partitions of each member.
func loads(l *Layout) map[NodeID]int {
	count := make(map[NodeID]int)
	for _, o := range l.owners {
		count[l.members[o].ID]++
	}
	return count
}

// moves counts the copies that are where they were not.
func moves(t testing.TB, last, l *Layout) int {
	t.Helper()
	changes, err := Diff(last, l, l.N())
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, c := range changes {
		count += len(c.Gain)
	}
	return count
}

// check holds a layout against all that is promised of an assignment but the fewest moves.
func check(t testing.TB, l *Layout) {
	t.Helper()
	zoneNames := make(map[string]bool)
	for _, m := range l.Members() {
		zoneNames[m.Zone] = true
	}
	width := min(l.N(), len(l.Members()))
	for p := range l.Partitions() {
		owners, zones := make(map[NodeID]bool), make(map[string]bool)
		for _, id := range l.Owners(p, l.N()) {
			m, known := l.Member(id)
			if !known {
				t.Fatalf("partition %d: owner %s is no member", p, id)
			}
			owners[id], zones[m.Zone] = true, true
		}
		if len(owners) != width {
			t.Fatalf("partition %d: %d different owners in place of %d", p, len(owners), width)
		}
		if want := min(width, len(zoneNames)); len(zones) != want {
			t.Fatalf("partition %d: copies in %d zones in place of %d", p, len(zones), want)
		}
	}
	spans := shares(l.members, zonesOf(l.members, width), l.partitions, width)
	count := loads(l)
	for i, m := range l.Members() {
		if load := count[m.ID]; load < spans[i].low || load > spans[i].high {
			t.Fatalf("%s holds %d partitions, its share is %d to %d", m.Name, load, spans[i].low, spans[i].high)
		}
	}
}
