package ring_test

import (
	"fmt"

	"github.com/kindreddb/kindred/ring"
)

func Example() {
	members := []ring.Member{
		{ID: 0x1f, Name: "n1", Zone: "east", Capacity: 1},
		{ID: 0x2e, Name: "n2", Zone: "west", Capacity: 1},
		{ID: 0x3d, Name: "n3", Zone: "north", Capacity: 1},
		{ID: 0x4c, Name: "n4", Zone: "east", Capacity: 1},
	}
	layout, err := ring.First(members, ring.DefaultPartitions, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, place := range layout.PreferenceList(ring.Position("carts", "bo"), layout.N()) {
		member, _ := layout.Member(place.Node)
		fmt.Println(member.Name, member.Zone, place.Role)
	}

	// n4 shared with n1 what lies in the east. In a zone of its own it is one of four equals.
	members[3].Zone = "south"
	after, err := ring.Next(layout, members)
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := ring.Diff(layout, after, after.N())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("layout %d: %d of %d partitions change\n", after.Number(), len(changes), after.Partitions())
	// Output:
	// n3 north primary
	// n2 west primary
	// n1 east primary
	// n4 east fallback
	// layout 2: 128 of 256 partitions change
}
