package ring

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// Bounds of a layout, fixed at the cluster's birth.
const (
	// DefaultPartitions is the number of partitions of a cluster that asked for none.
	DefaultPartitions = 256
	// PartitionsMax is the most partitions that a ring may be cut into.
	PartitionsMax = 1 << 16
	// ReplicasMax is the most copies that may be asked for; fewer members than that are all replicas.
	ReplicasMax = MembersMax
)

// Layout says which nodes hold which partition. It is immutable and may be used by many goroutines at once.
//
//	partition   owners (min(n, members) of them)   tail (every other member)
//	0           c a d                              b e    by a hash of (partition, node)
//	1           b c e                              d a
//	…
//	Q-1         …                                  …
//
// The owners are stored; the tail follows from the members.
type Layout struct {
	number     uint64
	n          int // the cluster's default, may exceed the number of members
	partitions int // Q, a power of two
	members    []Member
	width      int      // owners of each partition: min(n, members)
	owners     []uint16 // indexes into members, width for each partition in turn
	encoded    []byte
	hash       [16]byte
	lists      []atomic.Pointer[[]Place] // preference lists once asked for, see kept
}

// First computes layout number 1 of a cluster: partitions (a power of two up to PartitionsMax) and n (the
// copies of each, up to ReplicasMax) hold for the cluster's life. The members may come in any order; they
// are not kept.
func First(members []Member, partitions, n int) (*Layout, error) {
	if partitions < 1 || partitions > PartitionsMax || partitions&(partitions-1) != 0 {
		return nil, fmt.Errorf("ring: %d partitions: a power of two from 1 to %d is wanted", partitions, PartitionsMax)
	}
	if n < 1 || n > ReplicasMax {
		return nil, fmt.Errorf("ring: n = %d: 1 to %d copies are possible", n, ReplicasMax)
	}
	sorted, err := ordered(members)
	if err != nil {
		return nil, err
	}
	owners, err := assign(nil, sorted, partitions, n)
	if err != nil {
		return nil, err
	}
	return newLayout(1, n, partitions, sorted, owners), nil
}

// Next computes the layout that follows last when the cluster has these members, in any order: as spread
// over zones and as balanced as First's, by the fewest moves from last. It has last's partitions and n.
func Next(last *Layout, members []Member) (*Layout, error) {
	if last.number == math.MaxUint64 {
		return nil, errors.New("ring: there is no number after the last layout's")
	}
	sorted, err := ordered(members)
	if err != nil {
		return nil, err
	}
	owners, err := assign(last, sorted, last.partitions, last.n)
	if err != nil {
		return nil, err
	}
	return newLayout(last.number+1, last.n, last.partitions, sorted, owners), nil
}

// newLayout takes ownership of its slices, which are known to be well-formed.
func newLayout(number uint64, n, partitions int, members []Member, owners []uint16) *Layout {
	l := &Layout{
		number:     number,
		n:          n,
		partitions: partitions,
		members:    members,
		width:      min(n, len(members)),
		owners:     owners,
	}
	if partitions*len(members) <= keptPlacesMax {
		l.lists = make([]atomic.Pointer[[]Place], partitions*min(len(members), keptLists))
	}
	l.seal()
	return l
}

// Number is 1 for a cluster's first layout, and one more for each that followed.
func (l *Layout) Number() uint64 { return l.number }

// N is the cluster's default number of copies. It may exceed the number of members, which then all hold
// everything.
func (l *Layout) N() int { return l.n }

// Partitions is the number of equal parts that the ring is cut into, a power of two.
func (l *Layout) Partitions() int { return l.partitions }

// Members are the layout's nodes, ordered by ID. The caller must not change the slice.
func (l *Layout) Members() []Member { return l.members }

// Member finds a node of the layout.
func (l *Layout) Member(id NodeID) (Member, bool) {
	i, found := indexOf(l.members, id)
	if !found {
		return Member{}, false
	}
	return l.members[i], true
}

// indexOf finds a node among members that are ordered by ID.
func indexOf(members []Member, id NodeID) (int, bool) {
	return slices.BinarySearchFunc(members, id, func(m Member, id NodeID) int { return cmp.Compare(m.ID, id) })
}

// Partition is the part of the ring that a position lies in: its top bits.
func (l *Layout) Partition(position uint64) int { return PartitionOf(position, l.partitions) }

// Hash names the layout: the first 16 bytes of SHA-256 over Encode.
func (l *Layout) Hash() [16]byte { return l.hash }

// Compare orders rivals, layouts of one cluster that were computed on two sides of a partition of its
// network: by number, then by hash. The result is 0 for equal layouts only.
func (l *Layout) Compare(o *Layout) int {
	return cmp.Or(cmp.Compare(l.number, o.number), bytes.Compare(l.hash[:], o.hash[:]))
}

// ownersOf is the slice of a partition's owners, in order.
func (l *Layout) ownersOf(partition int) []uint16 {
	return l.owners[partition*l.width : (partition+1)*l.width]
}
