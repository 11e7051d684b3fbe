package ring

import (
	"cmp"
	"errors"
	"slices"
)

// assign computes the owners of all partitions: indexes into members, min(n, members) for each partition in
// turn. The members are ordered by ID; last is nil for a cluster's first layout.
func assign(last *Layout, members []Member, partitions, n int) ([]uint16, error) {
	width := min(n, len(members))
	zones := zonesOf(members, width)
	pl := newPlacement(members, zones, partitions, width)
	spans := shares(members, zones, partitions, width)

	// First nobody gets more than the lower end of its span; what is then still due goes to those who may
	// have one more. So all end within their spans.
	for m, s := range spans {
		pl.limit[m] = s.low
	}
	pl.seed(last)
	f := newFlow(pl)
	f.run()
	for m, s := range spans {
		pl.limit[m] = s.high
	}
	f.run()
	if !pl.isComplete() {
		// Cannot be: see shares. A plan that is refused is better than a node that dies of it.
		return nil, errors.New("ring: no assignment was found for these members; this is a defect of Kindred")
	}
	return pl.ordered(last, width), nil
}

// seed places what costs nothing: the copies that were there before, or any at the first time. What it
// leaves undone is the flow's. A node that is to hold less than before gives up those copies first for which
// it scores lowest, so that different nodes give up different partitions.
func (pl *placement) seed(last *Layout) {
	if last == nil {
		for p := range pl.partitions {
			for _, m := range pl.ranked(p) {
				pl.put(p, int(m))
			}
		}
		return
	}
	pl.before = newTable(len(pl.members), pl.partitions)
	kept := make([][]int, len(pl.members))
	for p := range pl.partitions {
		for _, o := range last.ownersOf(p) {
			if m, stays := indexOf(pl.members, last.members[o].ID); stays {
				pl.before.flip(m, p)
				kept[m] = append(kept[m], p)
			}
		}
	}
	for m, id := range pl.members {
		slices.SortFunc(kept[m], func(a, b int) int { return cmp.Compare(score(b, id.ID), score(a, id.ID)) })
		for _, p := range kept[m] {
			pl.put(p, m)
		}
	}
}

// ranked orders all members by their score for the partition.
func (pl *placement) ranked(partition int) []uint16 {
	scores := make([]uint64, len(pl.members))
	all := make([]uint16, len(pl.members))
	for i, m := range pl.members {
		scores[i], all[i] = score(partition, m.ID), uint16(i)
	}
	slices.SortFunc(all, func(a, b uint16) int { return cmp.Compare(scores[b], scores[a]) })
	return all
}
