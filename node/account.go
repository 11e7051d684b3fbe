package node

import (
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Location says where a key lives.
type Location struct {
	Partition int
	N         int
	Primaries []ring.NodeID
	Fallbacks []ring.NodeID
}

// Account is everything that can be told of one key: what GET with explain=true shows.
type Account struct {
	Location
	// Replicas has one entry for each node of the preference list, in its order.
	Replicas []ReplicaAccount
}

// ReplicaAccount is what one node holds of a key, asked of that node alone.
type ReplicaAccount struct {
	Node ring.NodeID
	Role ring.Role
	// Err says in words why the node did not answer; then the rest is empty.
	Err      string
	Standing Standing
	Versions clock.Set
	// Hash is over the fixed encoding of the versions: equal hashes are equal states. It is zero where
	// nothing is held.
	Hash clock.Digest
	// Targets are the nodes that the record is kept for: it is a hint.
	Targets []ring.NodeID
}

// Verdict is the state of a cluster in one word.
type Verdict string

// A cluster is healthy; or some nodes are down and everything can still be read and written; or something
// cannot.
const (
	Healthy     Verdict = "healthy"
	Degraded    Verdict = "degraded"
	Unavailable Verdict = "unavailable"
)

// ClusterStatus is what one node can tell of the whole cluster.
type ClusterStatus struct {
	ClusterID uint64
	Layout    *ring.Layout // nil before birth
	Verdict   Verdict
	// CanFail is how many more nodes may fail, whichever they are, with every key still readable and
	// writable at quorum.
	CanFail  int
	Nodes    []NodeStatus
	Problems []Problem
}

// NodeStatus is one row of the table of nodes.
type NodeStatus struct {
	Member MemberInfo
	// State is up, down, or spare (alive and in no layout).
	State      string
	Zone       string
	Capacity   uint32
	Partitions int // of the default n that the node owns
	// Status is the node's own account; nil where it did not answer.
	Status *Status
	// HintsFor are the hints that the nodes that answered keep for this one.
	HintsFor HintStats
}

// Problem names what is wrong, why, and the next command.
type Problem struct {
	What, Cause, Next string
	Since             time.Time
}
