// Package node is the protocol of Kindred: how a request that reaches any node becomes versions on the
// replicas of a key, and how what the replicas hold becomes an answer.
//
// A Node coordinates writes (put.go, coordinate.go, spread.go) and reads (get.go, read.go), stands as a
// replica for others (replica.go), mends what a read found stale (repair.go) and hands over what it keeps for
// nodes that were away (handoff.go). It decides; the doing is behind three interfaces that it owns:
//
//	Store    what one node keeps on disk            filled by storage
//	Cluster  who is alive, the layout, the buckets  filled by node/gossip
//	Peers    a call to another node                 filled by node/peer, and by node/sim
//
// The laws that it keeps, whatever fails:
//
//   - Replicas only merge. Replication, read repair and hints are callers of one receiver, Node.Handle with
//     a MergeRequest: it may repeat, overtake another, come late or never.
//   - Whole sets travel, never one version out of a set.
//   - An answer counts different nodes at different places of the preference list, and says how many.
//   - A 404 rests on r replicas that know; never on one whose memory is incomplete, nor on a fallback that
//     holds nothing.
//   - The clock of a new version is given out only with w acks, never in an error.
//   - A forwarded request is never forwarded, and goes to a second node only when the first certainly did
//     not take it.
//
// The package knows neither Badger, nor memberlist, nor sockets, nor HTTP. Time is package time, virtual
// under testing/synctest, and it takes no chances: those of actors are the Store's.
package node
