// Package ring places keys on nodes. A Layout is a pure, immutable value: the same layout gives every node
// the same preference list for a key.
//
//	Position(bucket, key)      64 bits, the key's place on the ring
//	layout.Partition(position) which of Q equal parts that is, a power of two of them
//	layout.PreferenceList(…)   the members in the order in which they are asked: the first n are the key's
//	                           primaries, the others its fallbacks, and the type says which is which
//
// A layout is computed and not negotiated. First makes it of a membership, Next of the last layout and the
// new membership; both are deterministic, whatever the order of the members. In this order they see to it that
//
//   - the n copies of a partition lie on n nodes, or on all members if those are fewer;
//   - they lie in n zones, or in all zones if those are fewer;
//   - every node holds its fair share by capacity, rounded down or up (see shares);
//   - as few copies as possible move from the last layout, and no assignment moves fewer (see flow);
//   - owners that stay keep their relative order, and every place of the list is balanced, the first above
//     all, as far as that leaves room (see ordering).
//
// Only the owners are stored and sent. The tail of a list, the members that own nothing of the partition,
// follows from a hash of partition and node, and from zones. A bucket with another n than the cluster's has
// the same list, cut elsewhere; its copies are spread and balanced as well as that allows, and not by
// capacity beyond the cluster's n.
//
// What is written here is for ever: a position, a score or an encoding that changes would part running
// clusters from their data. Golden files in testdata hold them. What First and Next compute for a given
// input may be improved, but then two nodes of different releases plan differently.
//
// The package imports nothing of ours, does no input or output and knows neither time nor who is alive.
// Gossip spreads layouts and decides when one is sealed; node acts on them.
package ring
