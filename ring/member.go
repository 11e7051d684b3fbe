package ring

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
	if err != nil || len(s) != 16 || v == 0 || NodeID(v).String() != s {
		return 0, fmt.Errorf("%q is no node id: 16 hexadecimal digits in lower case are wanted", s)
	}
	return NodeID(v), nil
}

// Member is a node's part in a layout.
type Member struct {
	ID       NodeID
	Name     string // at most NameBytesMax bytes; two members never share one, unless it is empty
	Zone     string // nodes of one zone are expected to fail together; may be empty, at most NameBytesMax bytes
	Capacity uint32 // relative weight, at least 1
}

// Bounds of a membership.
const (
	MembersMax   = 1024
	NameBytesMax = 255
)

// ordered gives a copy of the members, ordered by ID, or all the reasons why no layout can be made of them.
func ordered(members []Member) ([]Member, error) {
	if len(members) == 0 {
		return nil, errors.New("ring: a layout needs at least one member")
	}
	if len(members) > MembersMax {
		return nil, fmt.Errorf("ring: %d members are too many: %d is the most", len(members), MembersMax)
	}
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
	})
	var faults []error
	names := make(map[string]NodeID, len(sorted))
	for i, m := range sorted {
		if m.ID == 0 {
			faults = append(faults, fmt.Errorf("ring: member %q has no id", m.Name))
		}
		if i > 0 && m.ID == sorted[i-1].ID {
			faults = append(faults, fmt.Errorf("ring: two members have the id %s (%q and %q)", m.ID, sorted[i-1].Name, m.Name))
		}
		if m.Capacity == 0 {
			faults = append(faults, fmt.Errorf("ring: member %s %q has capacity 0: 1 is the least", m.ID, m.Name))
		}
		if len(m.Name) > NameBytesMax {
			faults = append(faults, fmt.Errorf("ring: the name of member %s has %d bytes: %d is the most", m.ID, len(m.Name), NameBytesMax))
		}
		if len(m.Zone) > NameBytesMax {
			faults = append(faults, fmt.Errorf("ring: the zone of member %s %q has %d bytes: %d is the most", m.ID, m.Name, len(m.Zone), NameBytesMax))
		}
		if other, taken := names[m.Name]; taken && m.Name != "" && other != m.ID {
			faults = append(faults, fmt.Errorf("ring: two members are called %q (%s and %s)", m.Name, other, m.ID))
		}
		names[m.Name] = m.ID
	}
	return sorted, errors.Join(faults...)
}
