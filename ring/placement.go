package ring

import (
	"math/bits"
	"slices"
)

// table says which member holds which partition: a row of bits for each member.
type table struct {
	words int // a row's length
	bits  []uint64
}

func newTable(members, partitions int) table {
	words := (partitions + 63) / 64
	return table{words, make([]uint64, members*words)}
}

func (t table) has(member, partition int) bool {
	return t.bits[member*t.words+partition>>6]>>(partition&63)&1 == 1
}

func (t table) flip(member, partition int) {
	t.bits[member*t.words+partition>>6] ^= 1 << (partition & 63)
}

// next is the first partition from this one on that the member holds, or -1.
func (t table) next(member, from int) int {
	row := t.bits[member*t.words : (member+1)*t.words]
	i := from >> 6
	if i >= len(row) {
		return -1
	}
	word := row[i] >> (from & 63) << (from & 63)
	for word == 0 {
		if i++; i == len(row) {
			return -1
		}
		word = row[i]
	}
	return i<<6 + bits.TrailingZeros64(word)
}

// placement is an assignment in the making: some copies have their node, the others are still due. Copies of
// one partition are of two kinds. Where zones are fewer than copies, one is due to each zone; all others are
// free to go to any zone, as many to each as most says.
type placement struct {
	partitions int
	members    []Member
	zones      zoning
	most       int // free copies of one partition in one zone

	holds  table
	before table // who held what in the last layout: to stay costs nothing; empty when all costs the same
	load   []int // partitions by member
	limit  []int // the most that load may become, for now

	free  []uint16 // by partition: free copies without a node
	due   []bool   // by partition and zone: a copy is due and has no node; nil when none ever is
	taken []uint16 // by partition and zone: free copies that have a node there
}

func newPlacement(members []Member, z zoning, partitions, width int) *placement {
	pl := &placement{
		partitions: partitions,
		members:    members,
		zones:      z,
		most:       z.most(width),
		holds:      newTable(len(members), partitions),
		load:       make([]int, len(members)),
		limit:      make([]int, len(members)),
		free:       make([]uint16, partitions),
		taken:      make([]uint16, partitions*len(z.members)),
	}
	free := width
	if z.due(width) {
		free -= len(z.members)
		pl.due = make([]bool, partitions*len(z.members))
		for i := range pl.due {
			pl.due[i] = true
		}
	}
	for p := range pl.free {
		pl.free[p] = uint16(free)
	}
	return pl
}

// slot is the index of a partition's part in a zone.
func (pl *placement) slot(partition, zone int) int { return partition*len(pl.zones.members) + zone }

// isDue says whether the slot still waits for the copy that is due to its zone.
func (pl *placement) isDue(slot int) bool { return pl.due != nil && pl.due[slot] }

// put gives the member a copy of the partition if nothing stands against it, and says whether it did.
func (pl *placement) put(partition, member int) bool {
	slot := pl.slot(partition, pl.zones.of[member])
	if pl.load[member] == pl.limit[member] || pl.holds.has(member, partition) {
		return false
	}
	switch {
	case pl.isDue(slot):
		pl.due[slot] = false
	case pl.free[partition] > 0 && int(pl.taken[slot]) < pl.most:
		pl.free[partition]--
		pl.taken[slot]++
	default:
		return false
	}
	pl.holds.flip(member, partition)
	pl.load[member]++
	return true
}

// cost of a copy's staying or coming: a new one is a move.
func (pl *placement) cost(partition, member int) int32 {
	if pl.before.bits == nil || pl.before.has(member, partition) {
		return 0
	}
	return 1
}

// isComplete says whether every copy has its node.
func (pl *placement) isComplete() bool {
	return !slices.ContainsFunc(pl.free, func(left uint16) bool { return left > 0 }) && !slices.Contains(pl.due, true)
}
