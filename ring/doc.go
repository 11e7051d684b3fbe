// Package ring places keys on nodes. A Layout is a pure, immutable value: the same layout gives every node
// the same preference list for a key.
//
// A key's position is a 64-bit hash; the ring of positions is cut into equal partitions, a power of two.
// A layout names its members and, for each partition, the nodes in the order in which they are asked: the
// first n are the key's primaries, the others its fallbacks, and the type says which is which.
//
// A layout is computed and not negotiated: Next derives it from the last layout and the new membership,
// deterministically: zones first, then balance by capacity (within one partition a node), then the fewest
// moves.
//
// The package imports nothing of ours, does no input or output and knows neither time nor who is alive.
// Gossip spreads layouts; node acts on them.
package ring
