package ring

import (
	"cmp"
	"slices"
)

// assign computes the owners of all partitions, as indexes into members.
func assign(last *Layout, members []Member, partitions, n int) []uint16 {
	width := min(n, len(members))
	owners := make([]uint16, 0, partitions*width)
	for p := range partitions {
		all := make([]uint16, len(members))
		for i := range all {
			all[i] = uint16(i)
		}
		slices.SortFunc(all, func(a, b uint16) int {
			return cmp.Compare(score(p, members[b].ID), score(p, members[a].ID))
		})
		owners = append(owners, all[:width]...)
	}
	return owners
}
