package httpapi

import (
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

// getRepair answers GET /admin/repair: how repair stands on this node.
func (s *Server) getRepair(x *exchange) error {
	if err := noParams(x.query); err != nil {
		return err
	}
	return s.steerRepair(x, node.RepairChange{})
}

// postRepair answers POST /admin/repair: what the body leaves out stays as it is. The answer says how repair
// stands then; a round that was asked for goes on behind it.
func (s *Server) postRepair(x *exchange) error {
	if err := noParams(x.query); err != nil {
		return err
	}
	var change document.RepairChange
	if err := x.readChange(&change, "repair"); err != nil {
		return err
	}
	return s.steerRepair(x, node.RepairChange{Run: change.Run, Paused: change.Paused, BytesPerSecond: change.BytesPerSecond})
}

func (s *Server) steerRepair(x *exchange, change node.RepairChange) error {
	status, err := s.Backend.SteerRepair(change)
	if err != nil {
		return err
	}
	return x.sendDocument(200, document.TypeJSON, repairDocument(status))
}

func repairDocument(r node.RepairStatus) document.Repair {
	return document.Repair{
		AntiEntropy: r.AntiEntropy, ReadRepair: r.ReadRepair, Handoff: r.Handoff, Paused: r.Paused,
		Pairs: r.Pairs, Due: r.Due, Away: r.Away, Incomplete: r.Incomplete,
		PeriodSeconds: r.Period.Seconds(), BytesPerSecond: r.BytesPerSecond,
		Exchanges: r.Exchanges, Failed: r.Failed, KeysFound: r.KeysFound, Bytes: r.Bytes,
		Stats: document.RepairStats{
			Rounds: r.Stats.Rounds, Sent: r.Stats.Sent, Received: r.Stats.Received,
			Spans: r.Stats.Spans, Keys: r.Stats.Keys, Barren: r.Stats.Barren,
		},
		ReadRepairs: r.ReadRepairs, Hints: r.Hints.Count, HintBytes: r.Hints.Bytes,
		HintsKept: r.HintsKept, HintsDelivered: r.HintsDelivered,
	}
}

// clusterRepair sums up what the nodes told.
func clusterRepair(nodes []node.NodeStatus) *document.ClusterRepair {
	d := new(document.ClusterRepair)
	for _, n := range nodes {
		s := n.Status
		if s == nil {
			continue
		}
		d.Nodes++
		if s.RepairPaused {
			d.Paused++
		}
		if s.NoAntiEntropy {
			d.Off++
		}
		d.Pairs += s.Pairs
		d.Due += s.Due
		d.Away += s.Away
		d.Incomplete += s.Incomplete
	}
	return d
}
