package node

import "time"

// RepairChange is what an operator wants of this node's anti-entropy. The zero value changes nothing.
type RepairChange struct {
	// Run asks for a whole round: every pair of this node's copies meets as soon as it can.
	Run bool
	// Paused holds anti-entropy, or lets it go on; nil leaves it as it is. A pause does not outlive the process.
	Paused *bool
	// BytesPerSecond is the new budget; 0: no bound; nil leaves it as it is. It does not outlive the process.
	BytesPerSecond *int64
}

// RepairStatus is how the ways of repair stand on this node.
type RepairStatus struct {
	RepairTotals
	// AntiEntropy, ReadRepair and Handoff say which ways the node goes by itself: all, unless its Config says No.
	AntiEntropy, ReadRepair, Handoff bool
	Paused                           bool // anti-entropy
	Pairings
	// BytesPerSecond is the budget of anti-entropy; 0: no bound. Period is the time within which every pair
	// meets.
	BytesPerSecond int64
	Period         time.Duration
	// ReadRepairs are the merges that reads sent, HintsKept the records kept for another node, and
	// HintsDelivered those that the other has confirmed; all since the start. Hints are those kept now.
	ReadRepairs, HintsKept, HintsDelivered int64
	Hints                                  HintStats
}

// Pairings count a node's part in anti-entropy at one moment.
type Pairings struct {
	// Pairs of copies are those that this node has a part in, and compares: none where it begins no exchanges.
	// Due are those that have not met within the period, or since a round was asked for; Away those of them
	// whose other node cannot be reached now.
	Pairs, Due, Away int
	// Incomplete are the ranges that this node owns and does not fully know.
	Incomplete int
}

// SteerRepair applies the change, all of it or nothing, and says how repair stands then. It waits for nothing.
// Errors: *Error where the budget is negative.
func (n *Node) SteerRepair(c RepairChange) (RepairStatus, error) {
	if c.BytesPerSecond != nil {
		if *c.BytesPerSecond < 0 {
			return RepairStatus{}, &Error{Code: CodeInvalidParameter, Effect: NotApplied,
				Detail: "bytes_per_second must be at least 0; 0 is no bound"}
		}
		n.SetRepairRate(*c.BytesPerSecond)
	}
	if c.Paused != nil {
		n.PauseRepair(*c.Paused)
	}
	if c.Run {
		n.RepairNow()
	}
	return n.RepairStatus(), nil
}

// RepairNow asks for a whole round: every pair of this node's copies meets as soon as it can.
func (n *Node) RepairNow() {
	n.repairing.mu.Lock()
	n.repairing.asked = time.Now()
	n.repairing.mu.Unlock()
	select {
	case n.repairing.wake <- struct{}{}:
	default:
	}
}

// PauseRepair holds anti-entropy on this node, or lets it go on. A pause does not outlive the process.
func (n *Node) PauseRepair(hold bool) { n.repairing.pause(hold) }

// SetRepairRate changes the budget of anti-entropy, in bytes a second; 0: no bound.
func (n *Node) SetRepairRate(bytesPerSecond int64) { n.repairing.setRate(bytesPerSecond) }

// RepairStatus says how the ways of repair stand on this node.
func (n *Node) RepairStatus() RepairStatus {
	s := RepairStatus{
		AntiEntropy: !n.NoAntiEntropy, ReadRepair: !n.NoReadRepair, Handoff: !n.NoHandoff,
		Paused: n.repairing.paused(), Pairings: n.pairings(),
		BytesPerSecond: n.repairing.bytesPerSecond(), Period: n.RepairPeriod,
		ReadRepairs: n.counters.Repairs.Load(), HintsKept: n.counters.HintsKept.Load(),
		HintsDelivered: n.counters.HintsDelivered.Load(),
	}
	for _, h := range n.Store.Stats().Hints {
		s.Hints.Count += h.Count
		s.Hints.Bytes += h.Bytes
	}
	n.repairing.mu.Lock()
	defer n.repairing.mu.Unlock()
	s.RepairTotals = n.repairing.totals
	return s
}

// pairings counts what stands now.
func (n *Node) pairings() Pairings {
	var out Pairings
	layout := n.View().Layout
	if layout == nil {
		return out
	}
	unknown, compares := map[Range]bool{}, n.comparesCopies()
	for _, p := range n.pairs(layout) {
		if !n.Store.Knows(p.rng) {
			unknown[p.rng] = true
		}
		if !compares {
			continue
		}
		out.Pairs++
		if _, due := n.repairing.due(p, n.RepairPeriod); due {
			out.Due++
			if !n.reachable(p.with) {
				out.Away++
			}
		}
	}
	out.Incomplete = len(unknown)
	return out
}
