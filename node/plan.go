package node

import (
	"slices"

	"github.com/kindreddb/kindred/ring"
)

// plan says, before a write, who is to get it: it is computed from who can be reached now.
type plan struct {
	// self is the place that the coordinator's own copy counts at; primary says whether it is the owner there.
	self    int
	primary bool
	// sends are the others, one a place; a fallback gets a hint for the place's primary.
	sends []send
	// spare are fallbacks that may still take the place of a primary that fails.
	spare []ring.NodeID
	// keepFor are the primaries for which nobody is left: the coordinator keeps their hint beside its own
	// copy, which is no ack. Their places are closed.
	keepFor []ring.NodeID
	closed  []int
}

// send is one other node that is to get the write.
type send struct {
	place int
	node  ring.NodeID
	role  ring.Role
}

// plan gives every place of the key the best node that can be reached. Nodes that seem to fail are asked only
// where the write could not have its acks without them.
func (n *Node) plan(op *operation, role ring.Role) plan {
	p := n.planWith(op, role, n.reachable)
	if acks, primaries := p.most(); acks < op.write.W || primaries < op.write.PW {
		p = n.planWith(op, role, n.alive)
	}
	return p
}

func (n *Node) planWith(op *operation, role ring.Role, reachable func(ring.NodeID) bool) plan {
	p := plan{self: op.place(n.ID), primary: role == ring.Primary}
	var lost []int
	for i, place := range op.primaries() {
		switch {
		case i == p.self:
		case reachable(place.Node):
			p.sends = append(p.sends, send{i, place.Node, ring.Primary})
		default:
			lost = append(lost, i)
		}
	}
	if op.sloppy {
		for _, f := range op.fallbacks() {
			if f.Node != n.ID && reachable(f.Node) {
				p.spare = append(p.spare, f.Node)
			}
		}
	}
	if p.self < 0 {
		// A fallback coordinates: its copy is a hint for a primary that cannot be reached. Where all seem
		// reachable from here it counts at the last place until that one's primary has acked.
		p.self = op.replicas - 1
		if len(lost) > 0 {
			p.self, lost = lost[0], lost[1:]
		}
		p.keepFor = append(p.keepFor, op.list[p.self].Node)
	}
	for _, i := range lost {
		if len(p.spare) > 0 {
			p.sends = append(p.sends, send{i, p.spare[0], ring.Fallback})
			p.spare = p.spare[1:]
			continue
		}
		p.keepFor = append(p.keepFor, op.list[i].Node)
		p.closed = append(p.closed, i)
	}
	slices.Sort(p.keepFor)
	return p
}

// most is how many acks the plan can bring at best, and how many of them from primaries.
func (p plan) most() (acks, primaries int) {
	acks = 1
	if p.primary {
		primaries = 1
	}
	for _, s := range p.sends {
		if s.place != p.self {
			acks++
		}
		if s.role == ring.Primary {
			primaries++
		}
	}
	return acks, primaries
}
