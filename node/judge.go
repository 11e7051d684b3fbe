package node

import (
	"fmt"
	"strings"
	"time"
)

// judgeNode lists what is wrong with one node.
func (n *Node) judgeNode(s *ClusterStatus, node NodeStatus) {
	name := node.Member.Name
	add := func(what, cause, next string) {
		s.Problems = append(s.Problems, Problem{What: what, Cause: cause, Next: next, Since: node.Member.Since})
	}
	switch {
	case node.State == "down":
		add(fmt.Sprintf("%s has not answered for %s", name, time.Since(node.Member.Since).Round(time.Second)), node.Member.Cause,
			"it will come back: nothing to do, its writes are kept; it is gone: start a node with its name on an empty folder")
	case node.Status == nil:
		add(name+" is up and does not answer", "its peer listener cannot be reached, or it is overloaded",
			"look at its log, and at what is between "+node.Member.Peer+" and this node")
	case node.Status.Full:
		add(name+" takes no writes: its disk is almost full", fmt.Sprintf("%d bytes are free", node.Status.FreeBytes),
			"make room on its disk; it goes on by itself")
	case node.Status.Damaged > 0:
		add(fmt.Sprintf("%s has met %d damaged objects", name, node.Status.Damaged), "its disk returned bytes that fail their checksums",
			"check the disk; the other replicas serve these keys")
	case node.Status.Incomplete > 0:
		add(fmt.Sprintf("%s cannot tell absence in %d of its partitions", name, node.Status.Incomplete),
			"it lost its data, or was stopped uncleanly with --durability interval", refillAdvice(*node.Status))
	}
	if node.Status != nil {
		n.judgeRepair(s, node.Member, *node.Status)
	}
}

// refillAdvice says what brings the missing part of a node's copies back.
func refillAdvice(s Status) string {
	switch {
	case s.NoAntiEntropy:
		return "restart it without --anti-entropy off: its copies are refilled by anti-entropy"
	case s.RepairPaused:
		return "kindred repair resume: its copies are refilled by anti-entropy, which is paused"
	}
	return "leave it running; its copies count again when they are refilled: kindred repair status"
}

// judgeRepair names what keeps replicas that differ from becoming equal, though nothing is broken.
func (n *Node) judgeRepair(s *ClusterStatus, m MemberInfo, of Status) {
	if of.RepairPaused {
		s.Problems = append(s.Problems, Problem{What: "anti-entropy is paused on " + m.Name,
			Cause: "somebody said so; replicas that differ may stay so", Next: "kindred repair resume"})
	}
	var off []string
	for _, way := range []struct {
		flag string
		off  bool
	}{{"--anti-entropy", of.NoAntiEntropy}, {"--read-repair", of.NoReadRepair}, {"--handoff", of.NoHandoff}} {
		if way.off {
			off = append(off, way.flag+" off")
		}
	}
	if len(off) > 0 {
		s.Problems = append(s.Problems, Problem{What: m.Name + " runs with " + strings.Join(off, ", "),
			Cause: "its settings say so; replicas that differ may stay so", Next: "restart it without"})
	}
}
