package ring

import "slices"

// zoning groups members by zone, as indexes.
type zoning struct {
	of      []int      // zone by member
	members [][]uint16 // by zone, in the order of the members
}

// zonesOf groups the members for partitions with width copies each. Zones are in the order of their names.
func zonesOf(members []Member, width int) zoning {
	var names []string
	for _, m := range members {
		names = append(names, m.Zone)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == len(members) {
		// Each node a zone of its own: different nodes are different zones, and one large zone says the same
		// with less to search.
		names = names[:1]
	}
	z := zoning{of: make([]int, len(members)), members: make([][]uint16, len(names))}
	for i, m := range members {
		if len(names) > 1 {
			z.of[i], _ = slices.BinarySearch(names, m.Zone)
		}
		z.members[z.of[i]] = append(z.members[z.of[i]], uint16(i))
	}
	return z
}

// A partition's width copies lie in min(width, zones) zones. So with enough zones (few copies) none of them
// takes two copies of one partition, and with fewer zones than copies each takes at least one.

// most is how many copies of one partition a zone may take beyond the one that is its due (see due).
func (z zoning) most(width int) int {
	if len(z.members) >= width {
		return 1
	}
	return width - len(z.members)
}

// due says whether every zone must take a copy of every partition.
func (z zoning) due(width int) bool { return len(z.members) < width }
