package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// statusTimeout bounds the wait for the nodes' own figures.
const statusTimeout = time.Second

// Status is this node's account of itself.
func (n *Node) Status() Status {
	s := n.Store.Stats()
	out := Status{
		Version: n.Version, Keys: s.Keys, Bytes: s.Bytes, Damaged: s.Damaged,
		FreeBytes: s.FreeBytes, Full: s.Full,
		GetP99: n.latency.get.p99(), PutP99: n.latency.put.p99(),
		Pairings: n.pairings(), RepairPaused: n.repairing.paused(),
		NoAntiEntropy: n.NoAntiEntropy, NoReadRepair: n.NoReadRepair, NoHandoff: n.NoHandoff,
	}
	for id, h := range s.Hints {
		out.Hints = append(out.Hints, TargetHints{id, h.Count, h.Bytes})
	}
	slices.SortFunc(out.Hints, func(a, b TargetHints) int {
		if a.Target < b.Target {
			return -1
		}
		return 1
	})
	return out
}

// ClusterStatus asks every node for its figures and says how the cluster stands. It answers, with less, also
// when most nodes are down.
func (n *Node) ClusterStatus(ctx context.Context) (ClusterStatus, error) {
	v := n.View()
	out := ClusterStatus{ClusterID: v.ClusterID, Layout: v.Layout, Nodes: make([]NodeStatus, len(v.Members))}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	var group sync.WaitGroup
	for i, m := range v.Members {
		group.Go(func() { out.Nodes[i] = n.nodeStatus(ctx, v, m) })
	}
	group.Wait()
	for _, from := range out.Nodes {
		if from.Status == nil {
			continue
		}
		for _, h := range from.Status.Hints {
			for i := range out.Nodes {
				if out.Nodes[i].Member.ID == h.Target {
					out.Nodes[i].HintsFor.Count += h.Count
					out.Nodes[i].HintsFor.Bytes += h.Bytes
				}
			}
		}
	}
	n.judge(&out)
	return out, nil
}

func (n *Node) nodeStatus(ctx context.Context, v *View, m MemberInfo) NodeStatus {
	s := NodeStatus{Member: m, State: "up"}
	if v.Layout != nil {
		if in, ok := v.Layout.Member(m.ID); ok {
			s.Zone, s.Capacity = in.Zone, in.Capacity
			for p := range v.Layout.Partitions() {
				if v.Layout.Owns(m.ID, p, v.Layout.N()) {
					s.Partitions++
				}
			}
		} else {
			s.State = "spare"
		}
	}
	if !m.Up {
		s.State = "down"
		return s
	}
	if m.ID == n.ID {
		own := n.Status()
		s.Status = &own
		return s
	}
	reply, err := n.call(ctx, m.ID, 0, &StatusRequest{})
	if r, ok := reply.(*StatusReply); err == nil && ok {
		s.Status = &r.Status
	}
	return s
}

// judge fills the verdict, how many more nodes may fail, and the list of problems.
func (n *Node) judge(s *ClusterStatus) {
	if s.Layout == nil {
		s.Verdict = Unavailable
		s.Problems = append(s.Problems, Problem{What: "no cluster yet",
			Cause: "this node waits for others to found one with",
			Next:  "start the other nodes with --join and the same --bootstrap-expect"})
		return
	}
	slices.SortStableFunc(s.Nodes, func(a, b NodeStatus) int { return cmp.Compare(a.Member.Name, b.Member.Name) })
	up := map[ring.NodeID]bool{}
	for _, node := range s.Nodes {
		up[node.Member.ID] = node.State != "down" && node.Status != nil
		n.judgeNode(s, node)
	}
	replicas := min(s.Layout.N(), len(s.Layout.Members()))
	quorum := LevelQuorum.Count(replicas)
	s.CanFail = replicas
	dark, short, alive := 0, 0, 0
	for _, m := range s.Layout.Members() {
		if up[m.ID] {
			alive++
		}
	}
	for p := range s.Layout.Partitions() {
		living := 0
		for _, id := range s.Layout.Owners(p, s.Layout.N()) {
			if up[id] {
				living++
			}
		}
		s.CanFail = min(s.CanFail, max(living-quorum, 0))
		if living < quorum {
			short++
		}
		if living == 0 {
			dark++
		}
	}
	share := func(partitions int) float64 { return 100 * float64(partitions) / float64(s.Layout.Partitions()) }
	if dark > 0 {
		s.Problems = append(s.Problems, Problem{
			What:  fmt.Sprintf("%.0f %% of keys cannot be read, but for what was written since: reads of them get 503", share(dark)),
			Cause: "none of their replicas is up",
			Next:  "bring one of the nodes that are down back for each of them: kindred status names them",
		})
	}
	if short > 0 {
		s.Problems = append(s.Problems, Problem{
			What:  fmt.Sprintf("the absence of %.0f %% of keys cannot be told: reads of keys that are not there get 503", share(short)),
			Cause: "fewer than a quorum of their replicas are up",
			Next:  "bring the nodes that are down back: kindred status names them",
		})
	}
	switch {
	case alive < quorum || dark > 0:
		s.Verdict = Unavailable
	case len(s.Problems) > 0:
		s.Verdict = Degraded
	default:
		s.Verdict = Healthy
	}
}
