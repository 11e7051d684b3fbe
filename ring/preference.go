package ring

import (
	"cmp"
	"slices"
)

// Role is the part that a node plays for one key.
type Role uint8

// A preference list has the primaries first.
const (
	Primary Role = iota
	Fallback
)

// String gives the role's name in lower case.
func (r Role) String() string {
	if r == Primary {
		return "primary"
	}
	return "fallback"
}

// Place is one entry of a preference list.
type Place struct {
	Node NodeID
	Role Role
}

// Lists are computed when first asked for, and kept for the few n that a cluster's buckets have. A layout
// so large that its lists would weigh more than some 16 MB for each n computes them each time.
const (
	keptPlacesMax = 1 << 20
	keptLists     = 8 // for n up to this
)

// PreferenceList orders all members for the keys at a position, and for a bucket with n copies: the first
// min(n, members) are its primaries, all others its fallbacks. An n below 1 counts as 1. Buckets with
// different n share the order and differ in where the fallbacks begin.
//
// The list is shared: the caller must not change it.
func (l *Layout) PreferenceList(position uint64, n int) []Place {
	return l.list(l.Partition(position), n)
}

func (l *Layout) list(partition, n int) []Place {
	n = min(max(n, 1), len(l.members))
	if l.lists == nil || n > keptLists {
		return l.order(partition, n)
	}
	kept := &l.lists[(n-1)*l.partitions+partition]
	if list := kept.Load(); list != nil {
		return *list
	}
	list := l.order(partition, n) // the same whoever computes it, so a race only costs work
	kept.Store(&list)
	return list
}

// Owners are the nodes that hold a partition for a bucket with n copies, in the order in which they are
// asked. It is nil for a partition that the ring does not have. The caller owns the slice.
func (l *Layout) Owners(partition, n int) []NodeID {
	if partition < 0 || partition >= l.partitions {
		return nil
	}
	primaries := l.list(partition, n)[:min(max(n, 1), len(l.members))]
	ids := make([]NodeID, len(primaries))
	for i, p := range primaries {
		ids[i] = p.Node
	}
	return ids
}

// Owns says whether the node is among the Owners of the partition.
func (l *Layout) Owns(id NodeID, partition, n int) bool {
	if partition < 0 || partition >= l.partitions {
		return false
	}
	for _, p := range l.list(partition, n) {
		if p.Node == id {
			return p.Role == Primary
		}
	}
	return false
}

// order computes a preference list. The owners come first, as assigned. Of the others those come sooner
// whose zone the list has seen less often, so that a bucket with more copies than the cluster's default is
// spread over zones too; score decides among equals.
func (l *Layout) order(partition, n int) []Place {
	list := make([]Place, 0, len(l.members))
	owners := l.ownersOf(partition)
	seen := make(map[string]int) // by zone: members that are listed or queued
	for _, i := range owners {
		list = append(list, Place{Node: l.members[i].ID})
		seen[l.members[i].Zone]++
	}
	type candidate struct {
		member int
		score  uint64
		round  int // how many of its zone come before it
	}
	tail := make([]candidate, 0, len(l.members)-len(owners))
	for i, m := range l.members {
		if !slices.Contains(owners, uint16(i)) {
			tail = append(tail, candidate{member: i, score: score(partition, m.ID)})
		}
	}
	slices.SortFunc(tail, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for i := range tail {
		zone := l.members[tail[i].member].Zone
		tail[i].round = seen[zone]
		seen[zone]++
	}
	slices.SortStableFunc(tail, func(a, b candidate) int { return cmp.Compare(a.round, b.round) })
	for _, c := range tail {
		list = append(list, Place{Node: l.members[c.member].ID})
	}
	for i := range list {
		if i >= n {
			list[i].Role = Fallback
		}
	}
	return list
}
