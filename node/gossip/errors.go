package gossip

import (
	"fmt"

	"github.com/kindreddb/kindred/ring"
)

// Reason is why one node turned another away.
type Reason uint8

// Why a node is turned away. The numbers are part of the protocol.
const (
	// OtherCluster: both belong to a cluster, and not to the same.
	OtherCluster Reason = iota + 1
	// WrongSecret: the secrets differ, or only one side has one.
	WrongSecret
	// OtherVersion: there is no protocol version that both speak.
	OtherVersion
	// IdentityInUse: another living process has the same node id.
	IdentityInUse
	// NameInUse: another node has the same name, and lives or is a member of the layout.
	NameInUse
)

// advice says what the operator of the node that was turned away can do.
func (r Reason) advice() string {
	switch r {
	case OtherCluster:
		return "check --join; a node changes clusters only with an empty data folder"
	case WrongSecret:
		return "give all nodes of a cluster the same --secret-file, or none"
	case OtherVersion:
		return "upgrade one version at a time, so that neighbouring versions run together"
	case IdentityInUse:
		return "is the data folder a copy? Stop one of the two, or start this one with an empty folder and a name of its own"
	case NameInUse:
		return "choose another --name"
	}
	return "look at the log of the other node"
}

// String gives the reason in a few words.
func (r Reason) String() string {
	switch r {
	case OtherCluster:
		return "another cluster"
	case WrongSecret:
		return "another secret"
	case OtherVersion:
		return "no common protocol version"
	case IdentityInUse:
		return "the node's id is in use"
	case NameInUse:
		return "the node's name is in use"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// RefusedError says that this node was turned away and cannot go on: the process is to exit, and the
// operator to read the text.
type RefusedError struct {
	Reason Reason
	// Address is the host:port of the node that turned this one away.
	Address string
	// Detail says what is the matter, naming both sides.
	Detail string
}

// Error says who turned this node away, why, and what can be done.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("gossip: %s turned this node away: %s; %s", e.Address, e.Detail, e.Reason.advice())
}

// TakeIdentityError says that this node, whose folder is empty, has the name of a member that nobody
// reaches: it is to take over that member's identity and start gossip again with it.
type TakeIdentityError struct {
	// ID is the member's, and Cluster its cluster's.
	ID      ring.NodeID
	Cluster uint64
	Name    string
}

// Error says whose identity is free.
func (e *TakeIdentityError) Error() string {
	return fmt.Sprintf("gossip: the member %q of cluster %016x is away, and this node has its name and an empty folder: it takes over the id %s; start it again",
		e.Name, e.Cluster, e.ID)
}
