package node

import "sync/atomic"

// Counters count what a node did since its start, for metrics.
type Counters struct {
	Gets, Puts, Deletes atomic.Int64 // coordinated here
	Forwards            atomic.Int64 // writes handed to another node
	Repairs             atomic.Int64 // merges sent after a read
	HintsKept           atomic.Int64 // records that were kept for another node
	HintsDelivered      atomic.Int64 // merges that a hint's target confirmed
	Overloaded          atomic.Int64 // operations refused for want of room
	ActorsRetired       atomic.Int64 // by proof that their counter or record went back
	SharedDots          atomic.Int64 // merges that found two versions under one dot
	Malformed           atomic.Int64 // messages refused as malformed
}

// Counters gives the node's own.
func (n *Node) Counters() *Counters { return &n.counters }
