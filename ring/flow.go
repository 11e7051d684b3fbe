package ring

import "math"

// flow completes a placement by the fewest moves. It is a flow of minimal cost, found by successive shortest
// paths (Ahuja, Magnanti, Orlin, "Network Flows", 1993, chapter 9), many at once:
//
//	             ┌──▶ slot (p, zone a) ──┬──▶ member ──▶ up to its limit
//	free p ──────┤      ▲ due            └──▶ member ──▶
//	(copies      └──▶ slot (p, zone b) ─────▶ member ──▶
//	 left)              ▲ due
//
// Every copy is a unit that enters at its partition (or, when due to a zone, at the slot) and leaves at a
// member. The arc from slot to member takes one unit: a node holds a partition once. It costs 0 when the
// member held the partition before, else 1. A unit that is placed may be taken back, at the cost's return:
// the arc then goes the other way. A shortest path through arcs of both directions places one more copy,
// shifting others as needed.
//
// Starting from a placement of least cost for its number of copies, every path keeps it so. That is true of
// one that only holds copies that were there before, and of any when all costs the same.
type flow struct {
	*placement
	distance []int32 // by vertex: of the cheapest path from any copy without a node
	goal     int32   // the least distance of a member with room
	depth    []int32 // by vertex: number of arcs on the cheapest paths; the search goes up only
	at       []int32 // by vertex: the first arc that may still lead to the goal
	turn     []int32 // by partition: where in a zone to begin, to vary neighbours
}

const unreached = math.MaxInt32

func newFlow(pl *placement) *flow {
	vertices := pl.partitions + len(pl.taken) + len(pl.members)
	f := &flow{
		placement: pl,
		distance:  make([]int32, vertices),
		depth:     make([]int32, vertices),
		at:        make([]int32, vertices),
		turn:      make([]int32, pl.partitions),
	}
	for p := range f.turn {
		f.turn[p] = int32(mix(uint64(p)+1) >> 40)
	}
	return f
}

// run places as many copies as the limits allow. The limits may be raised between runs.
func (f *flow) run() {
	for f.measure() {
		for f.layer() {
			for v := range len(f.free) + len(f.taken) {
				for f.supplies(v) && f.push(v) {
					f.draw(v)
				}
			}
		}
	}
}

// Vertices are numbered: free copies by partition, then slots, then members.

func (f *flow) slotVertex(slot int) int     { return f.partitions + slot }
func (f *flow) memberVertex(member int) int { return f.partitions + len(f.taken) + member }

// member gives the member that the vertex stands for, or a negative number.
func (f *flow) member(v int) int { return v - f.partitions - len(f.taken) }

func (f *flow) hasRoom(member int) bool { return f.load[member] < f.limit[member] }

// supplies says whether a copy without a node enters at the vertex.
func (f *flow) supplies(v int) bool {
	if v < f.partitions {
		return f.free[v] > 0
	}
	return f.isDue(v - f.partitions)
}

// draw takes one of the vertex's copies.
func (f *flow) draw(v int) {
	if v < f.partitions {
		f.free[v]--
	} else {
		f.due[v-f.partitions] = false
	}
}

// next finds the first arc out of the vertex, numbered from or later, that can take a unit: where it leads,
// its cost, and its number. It ends with to = -1.
func (f *flow) next(v, from int) (to int, cost int32, number int) {
	zones := len(f.zones.members)
	switch {
	case v < f.partitions: // to the slots of the partition
		for z := from; z < zones; z++ {
			if slot := f.slot(v, z); int(f.taken[slot]) < f.most {
				return f.slotVertex(slot), 0, z
			}
		}
	case f.member(v) < 0: // back to the free copies, or to the members of the zone
		slot := v - f.partitions
		partition, zone := slot/zones, slot%zones
		if from == 0 && f.taken[slot] > 0 {
			return partition, 0, 0
		}
		members := f.zones.members[zone]
		for i := max(from, 1); i <= len(members); i++ {
			m := int(members[(i+int(f.turn[partition]))%len(members)])
			if !f.holds.has(m, partition) {
				return f.memberVertex(m), f.cost(partition, m), i
			}
		}
	default: // back to the slots of the partitions that the member holds
		m := f.member(v)
		if p := f.holds.next(m, from); p >= 0 {
			return f.slotVertex(f.slot(p, f.zones.of[m])), -f.cost(p, m), p
		}
	}
	return -1, 0, 0
}

// shift sends one unit over the arc.
func (f *flow) shift(v, to int) {
	switch {
	case v < f.partitions:
		f.taken[to-f.partitions]++
	case to < f.partitions:
		f.taken[v-f.partitions]--
	case f.member(to) >= 0:
		f.holds.flip(f.member(to), (v-f.partitions)/len(f.zones.members))
	default:
		f.holds.flip(f.member(v), (to-f.partitions)/len(f.zones.members))
	}
}
