package ring

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// arc and network are a flow of least cost as the textbook has it: one path at a time, found by
// Bellman-Ford, on arcs that are written out one by one. Lower bounds are arcs that are too cheap to miss.
type arc struct{ from, to, room, cost int }

type network struct {
	vertices int
	arcs     []arc // each followed by its reverse
}

func (g *network) arc(from, to, room, cost int) {
	g.arcs = append(g.arcs, arc{from, to, room, cost}, arc{to, from, 0, -cost})
}

const unbounded = 1 << 30

// send gives the units that reach the target from the source, and their cost.
func (g *network) send(source, target int) (units, cost int) {
	out := make([][]int, g.vertices)
	for i, a := range g.arcs {
		out[a.from] = append(out[a.from], i)
	}
	for {
		distance, via := make([]int, g.vertices), make([]int, g.vertices)
		for v := range distance {
			distance[v] = unbounded
		}
		distance[source] = 0
		queue, queued := []int{source}, make([]bool, g.vertices)
		for len(queue) > 0 {
			v := queue[0]
			queue, queued[v] = queue[1:], false
			for _, i := range out[v] {
				a := g.arcs[i]
				if a.room == 0 || distance[v]+a.cost >= distance[a.to] {
					continue
				}
				distance[a.to], via[a.to] = distance[v]+a.cost, i
				if !queued[a.to] {
					queue, queued[a.to] = append(queue, a.to), true
				}
			}
		}
		if distance[target] == unbounded {
			return units, cost
		}
		for v := target; v != source; v = g.arcs[via[v]].from {
			g.arcs[via[v]].room--
			g.arcs[via[v]^1].room++
		}
		units, cost = units+1, cost+distance[target]
	}
}

// leastMoves is the least number of copies that must move so that the members hold everything, spread over
// zones, each within its span.
func leastMoves(t *testing.T, last *Layout, members []Member) int {
	t.Helper()
	const must = -1_000_000
	partitions, n := last.Partitions(), min(last.N(), len(members))
	held := make(map[string]bool)
	for p := range partitions {
		for _, id := range last.Owners(p, last.N()) {
			held[fmt.Sprint(p, id)] = true
		}
	}
	zones := make(map[string]int)
	for _, m := range members {
		if _, known := zones[m.Zone]; !known {
			zones[m.Zone] = len(zones)
		}
	}
	source, target := 0, 1
	partition := func(p int) int { return 2 + p }
	slot := func(p, z int) int { return 2 + partitions + p*len(zones) + z }
	member := func(m int) int { return 2 + partitions + partitions*len(zones) + m }
	g := network{vertices: member(len(members))}
	forced := 0
	for p := range partitions {
		g.arc(source, partition(p), n, 0)
		for z := range len(zones) {
			if len(zones) >= n {
				g.arc(partition(p), slot(p, z), 1, 0)
				continue
			}
			g.arc(partition(p), slot(p, z), 1, must)
			g.arc(partition(p), slot(p, z), n, 0)
			forced++
		}
		for m := range members {
			cost := 1
			if held[fmt.Sprint(p, members[m].ID)] {
				cost = 0
			}
			g.arc(slot(p, zones[members[m].Zone]), member(m), 1, cost)
		}
	}
	for m, s := range shares(members, zonesOf(members, n), partitions, n) {
		g.arc(member(m), target, s.low, must)
		g.arc(member(m), target, s.high-s.low, 0)
		forced += s.low
	}
	units, cost := g.send(source, target)
	cost -= forced * must
	if units != partitions*n || cost < 0 || cost > units {
		t.Fatalf("the textbook places %d of %d copies at the cost %d: the spans cannot be met", units, partitions*n, cost)
	}
	return cost
}

func TestNoOtherAssignmentMovesFewerCopies(t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 0))
		partitions, size, zones, n := 1<<r.IntN(6), 1+r.IntN(12), 1+r.IntN(5), 1+r.IntN(5)
		if seed%4 == 0 {
			partitions, size = 32, 20+r.IntN(31)
		}
		members := anyNodes(r, size, zones)
		if r.IntN(2) == 0 {
			members = inZones(nodes(size), min(zones, size))
		}
		l := first(t, members, partitions, n)
		check(t, l)
		for range 2 { // the second step starts from a layout that has a past
			members = changed(r, members, zones)
			after := next(t, l, members)
			check(t, after)
			if got, want := moves(t, l, after), leastMoves(t, l, members); got != want {
				t.Fatalf("seed %d: %d copies move, %d are enough (%d partitions, n=%d, %d members)",
					seed, got, want, partitions, n, len(members))
			}
			l = after
		}
	}
}
