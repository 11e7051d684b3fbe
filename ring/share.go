package ring

import (
	"cmp"
	"math/big"
	"slices"
)

// span is how many partitions a node may hold: its fair share, rounded down or up.
type span struct {
	low, high int
}

// shares computes each member's span for partitions with width copies each.
//
// All shares together are partitions × width; no node takes more than every partition once, and no zone
// less or more than zonesOf allows. Among all (fractional) shares that obey this the fair ones are in
// proportion to capacity: there is one level such that a node's share is level × capacity, cut at the number
// of partitions. Only where a zone would go beyond its bounds it gets a level of its own, that meets the
// bound, and the others share what is left.
//
//	share │          ┌──────── cut: every partition once
//	      │        ╱
//	      │      ╱  level × capacity
//	      │    ╱
//	      └──────────── capacity
//
// These are the shares that minimise Σ share²/capacity, so they are unique. Whole numbers of partitions
// within the spans, of the same sum, exist for zones and cluster, because the bounds are whole numbers and
// nested: nodes in zones in the cluster. Whatever such numbers are chosen, there is an assignment that has
// them: deal out partitions 0, 1, … Q-1, 0, 1, … in a circle to one node after the other, zone by zone.
func shares(members []Member, z zoning, partitions, width int) []span {
	low, high := 0, z.most(width)*partitions
	if z.due(width) {
		low, high = partitions, high+partitions
	}
	spans := make([]span, len(members))
	settle := func(among []uint16, total int) {
		l := levelOf(members, among, partitions, total)
		for _, i := range among {
			spans[i] = l.span(members[i].Capacity, partitions)
		}
	}
	open := slices.Clone(z.members) // zones that share one level
	total := partitions * width     // what these share
	for {
		pool := slices.Concat(open...)
		common := levelOf(members, pool, partitions, total)
		above, below, excess := common.beyond(members, open, partitions, low, high)
		// Holding zones to their bounds leaves the others more (or less) than now, so the common level can
		// only rise (or fall), and those that are above (or below) stay so: their bound is final.
		var final []int
		bound := high
		switch {
		case len(above) == 0 && len(below) == 0:
			settle(pool, total)
			return spans
		case excess >= 0:
			final = above
		default:
			final, bound = below, low
		}
		for _, i := range slices.Backward(final) {
			settle(open[i], bound)
			total -= bound
			open = slices.Delete(open, i, i+1)
		}
	}
}

// level is a number of partitions for each unit of capacity, copies/capacity.
type level struct {
	copies, capacity uint64
}

// levelOf is the level at which the members together hold total copies.
func levelOf(members []Member, among []uint16, partitions, total int) level {
	capacities := make([]uint64, len(among))
	var rest uint64 // capacity of those that are not cut
	for i, m := range among {
		capacities[i] = uint64(members[m].Capacity)
		rest += capacities[i]
	}
	slices.SortFunc(capacities, func(a, b uint64) int { return cmp.Compare(b, a) })
	left := uint64(total)
	for _, c := range capacities {
		// No overflow: total ≤ 2^26, a capacity < 2^32, partitions ≤ 2^16, the sum of capacities < 2^42.
		if left*c <= uint64(partitions)*rest {
			break
		}
		left -= uint64(partitions) // this one is cut
		rest -= c
	}
	return level{left, rest}
}

// span is the share of a node at the level, in whole partitions.
func (l level) span(capacity uint32, partitions int) span {
	share := l.copies * uint64(capacity)
	s := span{int(share / l.capacity), int((share + l.capacity - 1) / l.capacity)}
	return span{min(s.low, partitions), min(s.high, partitions)}
}

// beyond lists the zones whose shares at the level sum up to more than high, and to less than low. The sign
// of excess says whether there is more too much than too little.
func (l level) beyond(members []Member, zones [][]uint16, partitions, low, high int) (above, below []int, excess int) {
	var sum big.Int // in units of 1/l.capacity of a partition; beyond 64 bits for large capacities
	for i, zone := range zones {
		cut, rest := 0, uint64(0)
		for _, m := range zone {
			c := uint64(members[m].Capacity)
			if l.copies*c >= uint64(partitions)*l.capacity {
				cut++
			} else {
				rest += c
			}
		}
		over := func(bound int) *big.Int { // the zone's share less the bound
			d := product(int64(l.copies), int64(rest))
			return d.Add(d, product(int64(l.capacity), int64(cut*partitions-bound)))
		}
		if d := over(high); d.Sign() > 0 {
			above = append(above, i)
			sum.Add(&sum, d)
		}
		if d := over(low); d.Sign() < 0 {
			below = append(below, i)
			sum.Add(&sum, d)
		}
	}
	return above, below, sum.Sign()
}

func product(a, b int64) *big.Int {
	x := big.NewInt(a)
	return x.Mul(x, big.NewInt(b))
}
