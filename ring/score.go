package ring

// score is the rank of a node among all for one partition (rendezvous hashing): every node's scores are
// drawn anew for each partition, and no node's score depends on who else is a member, so that a change of
// membership leaves the order of the others as it was.
//
// The rule is part of every layout: what it orders is not stored, and must come out the same for ever.
//
// Source: Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit Rates" (IEEE/ACM ToN 1998).
func score(partition int, node NodeID) uint64 {
	return mix(uint64(node) ^ mix(uint64(partition)+1))
}

// mix is the finalizer of murmur3's 64-bit half: a bijection in which every bit of the input moves about
// half of the output's. Zero is its only obvious fixed point; score never feeds it zero on purpose.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return x
}
