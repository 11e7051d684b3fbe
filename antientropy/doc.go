// Package antientropy tells two copies of a range of keys apart at a cost that grows with their difference
// and not with their size.
//
// Every copy keeps a hash tree of its range: one partition of the ring at one replication factor. The
// partition's positions are cut into FanOut equal spans, each of these again, and so on. A span's sum is the
// XOR, over the keys that lie in it, of a keyed 128-bit hash of key and state.
//
//	level 0   the whole partition, 1 span                  root: a sum of 16 bytes is compared
//	level 1   64 spans                                     kept in memory and on disk (the tree's depth)
//	level 2   4,096 spans                                  summed from the keys when a parent differs
//	          the keys of those spans that differ          listed on both sides and compared one by one
//
//	Hash                      the sum of one key and its state
//	Tree                      the sums of one copy: Delta, After, Apply with each write; Load, Rebuild, Merge
//	Copy                      a tree and the keys beside it; answers a Request
//	Exchange                  compares a copy with another one and names the keys that differ
//	AppendRequest, …          the one encoding of each value, for disk and wire
//
// The laws, each a property test:
//
//   - A tree is a function of the set of (key, state) that it covers: the order of the writes leaves no trace,
//     and a tree kept up to date equals one built anew.
//   - The merge of the trees of two disjoint sets of keys is the tree of their union.
//   - An exchange of copies at rest finds exactly the keys that differ.
//   - An exchange of copies that are written to meanwhile finds every key that differs all the while. It may
//     also name keys that do not differ any more, or never did: what it finds are hints to compare those keys,
//     never facts to act upon.
//   - An exchange that is cut short, by an error, by its budget or by its caller, goes on from Report.Next and
//     misses nothing.
//   - Whatever the other side answers, memory is bounded, and an answer that does not fit its question is
//     refused with the reason.
//
// All of them hold but for a chance of 2^-128 a comparison, as long as the secret is one: XOR makes a span's
// sum follow each write in constant time, in any order, and is linear. Whoever can compute the hashes of 129
// pairs of keys and states finds, by elimination, a set of them whose sums cancel (Bellare and Micciancio 1997
// break XHASH so), and so two different copies with equal trees. Hence the hash is keyed with a secret drawn
// at the cluster's birth, and no sum is ever shown outside of the cluster. A member of the cluster is trusted.
//
// Why only 64 sums are kept of a range, when comparing wants thousands: what is kept is read at each start and
// written with each put, and what lies below it can be had from the keys, which are stored in the order of
// their positions. So 100,000 keys in 256 partitions cost a start some 16,000 small records, and 10,000,000
// keys on a node still leave about 16 keys in a span of level 2. What a copy keeps is its own affair: copies
// of different depth compare well, since both answer for every span of every level.
//
// The package is pure: no disk, no network, no wall clock. It leaves to others where sums are stored (storage,
// in the transaction of the write), how a request travels (node/peer), what becomes of a difference, how
// often copies meet and at what rate (node). It does not split spans that hold many keys: whoever piles keys
// into one span, which takes no secret, since positions are not keyed, makes its listing long; pages bound what
// that costs at a time.
//
// Sources: Merkle, "A Digital Signature Based on a Conventional Encryption Function" (CRYPTO 1987), for trees
// of hashes; DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store" (SOSP 2007), section 4.7, for
// one tree per range of keys and the walk down where two differ; Riak's active anti-entropy, for trees on disk
// that are kept up to date with the writes; Bellare and Micciancio, "A New Paradigm for Collision-free Hashing:
// Incrementality at Reduced Cost" (EUROCRYPT 1997), for sums of hashes, and for why XOR is safe only with a key;
// Aumasson and Bernstein, "SipHash: a fast short-input PRF" (INDOCRYPT 2012).
package antientropy
