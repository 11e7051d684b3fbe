// Package clock is the causality of Kindred: which of two writes had seen the other, and what remains
// when two replicas compare notes.
//
// Every write of a key is one event, named by its Dot. A Version carries its own clock: the Past that its
// writer had seen, and its dot. A Clock is a set of events, held per actor as runs of counters. A replica's
// copy of a key is a Set of versions, none of which lies in the past of another.
//
//	Update(context, set, ...)  a new version, from what the client had seen and what the replica holds
//	Fold(context, set, ...)    what the coordinator may add to the client's context before Update
//	Sync(a, b)                 what remains of two sets: the union, less all that was overwritten
//	AppendSet, DecodeSet, ...  the one encoding of each value, for disk, wire and hashes
//	Sealer                     the token in which a client carries its context
//
// The laws, each a property test against explicit sets of events (kernel_test.go also runs the rules that
// leave one thing out, and must be seen to lose writes):
//
//   - Sync is idempotent, commutative and associative: replicas that exchange whole sets in any order, any
//     number of times, end with equal sets.
//   - A version is dropped only when another had it in its past: nothing concurrent is lost.
//   - A version whose past holds another's dot holds that version's whole past too.
//   - Join is union of events and never the maximum: a client may know its own write without knowing what
//     stood beside it, and the maximum would claim, and kill, siblings that nobody has seen.
//
// The package is pure: no wall clock, no input or output, no knowledge of nodes or of disks. All values are
// immutable; functions may be called concurrently. It leaves to others who numbers events and what a
// Source's Since is (storage), when a record is forgotten (node), and how many siblings are too many.
//
// Sources: Preguiça, Baquero, Almeida, Fonte, Gonçalves, "Dotted Version Vectors: Logical Clocks for
// Optimistic Replication" (2010, arXiv:1011.5808); Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable
// and Accurate Causality Tracking for Eventually Consistent Stores" (DAIS 2014). In the paper's notation
// {(a,2),(b,1),(c,3,7)} stands for the events a1 a2 b1 c1 c2 c3 c7; here it is the runs a(0,2] b(0,1]
// c(0,3] c(6,7].
package clock
