package ring

import (
	"fmt"
	"strconv"
)

// NodeID is a node's generated identity, 64 random bits. It survives restarts, new names and new addresses.
// Zero is no node.
type NodeID uint64

// String gives 16 hexadecimal digits.
func (id NodeID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// ParseNodeID reads what String wrote.
func ParseNodeID(s string) (NodeID, error) {
	v, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 || v == 0 {
		return 0, fmt.Errorf("%q is no node id: 16 hexadecimal digits are wanted", s)
	}
	return NodeID(v), nil
}

// Member is a node's part in a layout.
type Member struct {
	ID       NodeID
	Name     string
	Zone     string // nodes of one zone are expected to fail together; may be empty
	Capacity uint32 // relative weight, at least 1
}

// Role is the part that a node plays for one key.
type Role uint8

// A preference list has the primaries first.
const (
	Primary Role = iota
	Fallback
)

// String gives the role's name in lower case.
func (r Role) String() string { return [...]string{"primary", "fallback"}[r] }

// Place is one entry of a preference list.
type Place struct {
	Node NodeID
	Role Role
}
