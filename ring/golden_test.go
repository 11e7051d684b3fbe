package ring

import (
	"encoding/hex"
	"flag"
	"fmt"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// text shows a layout for people.
func text(l *Layout) string {
	var b strings.Builder
	fmt.Fprintf(&b, "layout %d, n=%d, %d partitions\n", l.Number(), l.N(), l.Partitions())
	for _, m := range l.Members() {
		fmt.Fprintf(&b, "  %s %s zone %q capacity %d\n", m.ID, m.Name, m.Zone, m.Capacity)
	}
	for p := range l.Partitions() {
		fmt.Fprintf(&b, "  %3d:", p)
		for _, place := range l.list(p, l.N()) {
			m, _ := l.Member(place.Node)
			if place.Role == Fallback {
				fmt.Fprintf(&b, " (%s)", m.Name)
			} else {
				fmt.Fprintf(&b, " %s", m.Name)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestGoldenPlacements(t *testing.T) {
	// One line a size: the hash of a first layout, and of the layout to which a cluster has grown one by one.
	var b strings.Builder
	plain, mixed := (*Layout)(nil), (*Layout)(nil)
	for size := 1; size <= 100; size++ {
		members := nodes(size)
		zoned := inZones(members, 3)
		for i := range zoned {
			zoned[i].Capacity = uint32(1 + i%4)
		}
		a, z := first(t, members, DefaultPartitions, 3), first(t, zoned, DefaultPartitions, 3)
		if size == 1 {
			plain, mixed = a, z
		} else {
			plain, mixed = next(t, plain, members), next(t, mixed, zoned)
		}
		fmt.Fprintf(&b, "%3d nodes: first %x grown %x · zones and capacities: first %x grown %x\n",
			size, a.Hash(), plain.Hash(), z.Hash(), mixed.Hash())
	}
	golden(t, "placements.txt", b.String())
}

func TestGoldenLayoutsInFull(t *testing.T) {
	var b strings.Builder
	for size := 1; size <= 5; size++ {
		b.WriteString(text(first(t, nodes(size), 16, 3)))
	}
	zoned := inZones(nodes(6), 3)
	l := first(t, zoned, 16, 3)
	b.WriteString(text(l))
	b.WriteString(text(next(t, l, zoned[1:])))
	golden(t, "layouts.txt", b.String())
}

func TestGoldenEncodings(t *testing.T) {
	var b strings.Builder
	zoned := inZones(nodes(4), 2)
	zoned[1].Capacity, zoned[2].Name = 1<<32-1, ""
	l := first(t, zoned, 4, 3)
	for _, l := range []*Layout{first(t, nodes(1), 1, 1), l, next(t, l, zoned[:2]), first(t, nodes(257), 2, 2)} {
		encoded := l.Encode()
		fmt.Fprintf(&b, "%d members, hash %x\n%s\n", len(l.Members()), l.Hash(), hex.Dump(encoded))
	}
	golden(t, "encodings.txt", b.String())
}
