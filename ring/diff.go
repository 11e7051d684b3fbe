package ring

import (
	"fmt"
	"slices"
)

// Change is what a new layout does to one partition.
type Change struct {
	Partition int
	Gain      []NodeID // who owns it now and did not, in the new order
	Lose      []NodeID // who owned it and does no more, in the old order
}

// Diff lists, by partition, who gains and who loses a copy between two layouts, for buckets with n copies.
// Partitions whose owners only change their order are not listed: no data moves. A nil old is a cluster
// that held nothing. Layouts that cut the ring differently belong to different clusters: an error.
func Diff(old, new *Layout, n int) ([]Change, error) {
	if old != nil && old.partitions != new.partitions {
		return nil, fmt.Errorf("ring: layouts of %d and of %d partitions are not of one cluster", old.partitions, new.partitions)
	}
	var changes []Change
	for p := range new.partitions {
		var before []NodeID
		if old != nil {
			before = old.Owners(p, n)
		}
		after := new.Owners(p, n)
		c := Change{Partition: p, Gain: without(after, before), Lose: without(before, after)}
		if len(c.Gain) > 0 || len(c.Lose) > 0 {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// without gives the ids that the others do not have.
func without(ids, others []NodeID) []NodeID {
	return slices.DeleteFunc(slices.Clone(ids), func(id NodeID) bool { return slices.Contains(others, id) })
}
