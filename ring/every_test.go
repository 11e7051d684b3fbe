package ring

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// outcome is what an assignment is judged by, the first field first.
type outcome struct {
	squares int // of loads: the less, the more even
	moves   int
}

func (o outcome) compare(other outcome) int {
	return cmp.Or(cmp.Compare(o.squares, other.squares), cmp.Compare(o.moves, other.moves))
}

// everything tries all assignments there are. It knows neither flows nor shares.
type everything struct {
	last    *Layout
	members []Member
	width   int
	load    []int
	best    outcome
}

// try places the partitions from this one on in every way.
func (e *everything) try(partition, moves int) {
	if partition == e.last.Partitions() {
		o := outcome{0, moves}
		for _, load := range e.load {
			o.squares += load * load
		}
		if o.compare(e.best) < 0 {
			e.best = o
		}
		return
	}
	for set := range uint(1) << len(e.members) {
		if bits.OnesCount(set) != e.width || !e.isSpread(set) {
			continue
		}
		gained := 0
		for m := range e.members {
			if set>>m&1 == 1 {
				e.load[m]++
				if !e.last.Owns(e.members[m].ID, partition, e.last.N()) {
					gained++
				}
			}
		}
		e.try(partition+1, moves+gained)
		for m := range e.members {
			e.load[m] -= int(set >> m & 1)
		}
	}
}

func (e *everything) isSpread(set uint) bool {
	all, hit := make(map[string]bool), make(map[string]bool)
	for m, member := range e.members {
		all[member.Zone] = true
		if set>>m&1 == 1 {
			hit[member.Zone] = true
		}
	}
	return len(hit) == min(e.width, len(all))
}

func TestNoAssignmentOfASmallClusterIsBetter(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		partitions, n := 1<<r.IntN(3), 1+r.IntN(3)
		members := nodes(2 + r.IntN(4))
		for i := range members {
			members[i].Zone = string(rune('a' + r.IntN(3)))
		}
		l := first(t, members[:1+r.IntN(len(members))], partitions, n)
		if r.IntN(3) == 0 {
			members = members[1:]
		}
		after := next(t, l, members)
		check(t, after)
		e := everything{
			last: l, members: after.Members(), width: min(n, len(members)),
			load: make([]int, len(members)), best: outcome{squares: unbounded},
		}
		e.try(0, 0)
		got := outcome{moves: moves(t, l, after)}
		for _, load := range loads(after) {
			got.squares += load * load
		}
		if got != e.best {
			t.Errorf("seed %d: %+v, and %+v is possible", seed, got, e.best)
		}
	}
}
