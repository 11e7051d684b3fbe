package node

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

// statusOf is a cluster's status before it is judged, with the nodes down of which the mask has a bit.
func statusOf(t *testing.T, members, n, downMask int) *ClusterStatus {
	t.Helper()
	s := &ClusterStatus{Layout: layoutOf(t, members, n)}
	for i, m := range s.Layout.Members() {
		row := NodeStatus{Member: MemberInfo{ID: m.ID, Name: m.Name}, State: "up", Status: &Status{}}
		if downMask&(1<<i) != 0 {
			row.State, row.Status = "down", nil
		}
		s.Nodes = append(s.Nodes, row)
	}
	return s
}

// served says whether every partition has a quorum of owners that are not down.
func served(l *ring.Layout, downMask int) bool {
	quorum := min(l.N(), len(l.Members()))/2 + 1
	for p := range l.Partitions() {
		living := 0
		for _, id := range l.Owners(p, l.N()) {
			if downMask&(1<<(int(id)-1)) == 0 {
				living++
			}
		}
		if living < quorum {
			return false
		}
	}
	return true
}

// readable says whether every partition has an owner that is not down.
func readable(l *ring.Layout, downMask int) bool {
	for p := range l.Partitions() {
		if !slices.ContainsFunc(l.Owners(p, l.N()), func(id ring.NodeID) bool { return downMask&(1<<(int(id)-1)) == 0 }) {
			return false
		}
	}
	return true
}

func TestAClusterIsJudgedAsAnEnumerationOfItsFailuresJudgesIt(t *testing.T) {
	for members := 1; members <= 6; members++ {
		for _, n := range []int{1, 2, 3, 5} {
			for mask := range 1 << members {
				s := statusOf(t, members, n, mask)
				bare(t, members, n, true, DefaultProps(n)).judge(s)
				story := fmt.Sprintf("%d members, n=%d, down %b", members, n, mask)

				up, canFail := 0, members
				for further := range 1 << members { // whoever fails beside those that are down
					more := 0
					for i := range members {
						if further&^mask&(1<<i) != 0 {
							more++
						}
					}
					if !served(s.Layout, mask|further) {
						canFail = min(canFail, max(more-1, 0))
					}
				}
				for i := range members {
					if mask&(1<<i) == 0 {
						up++
					}
				}
				if s.CanFail != canFail {
					t.Errorf("%s: %d may fail, want %d", story, s.CanFail, canFail)
				}
				want := Degraded
				switch {
				case up == members:
					want = Healthy
				case up < min(n, members)/2+1, !readable(s.Layout, mask):
					want = Unavailable
				}
				if s.Verdict != want {
					t.Errorf("%s: %s, want %s", story, s.Verdict, want)
				}
				short := strings.Contains(fmt.Sprint(s.Problems), "cannot be told")
				if short == served(s.Layout, mask) {
					t.Errorf("%s: says that absences cannot be told: %t", story, short)
				}
			}
		}
	}
}

func TestEachTroubleOfANodeIsNamedWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*NodeStatus)
		word   string
	}{
		"nothing":       {func(*NodeStatus) {}, ""},
		"down":          {func(s *NodeStatus) { s.State, s.Status, s.Member.Cause = "down", nil, "no route" }, "has not answered"},
		"silent":        {func(s *NodeStatus) { s.Status = nil }, "does not answer"},
		"a full disk":   {func(s *NodeStatus) { s.Status.Full = true }, "takes no writes"},
		"damage":        {func(s *NodeStatus) { s.Status.Damaged = 3 }, "3 damaged"},
		"lost memory":   {func(s *NodeStatus) { s.Status.Incomplete = 5 }, "5 of its partitions"},
		"hints, no ill": {func(s *NodeStatus) { s.HintsFor.Count = 9 }, ""},
	} {
		s := statusOf(t, 3, 3, 0)
		c.change(&s.Nodes[1])
		bare(t, 3, 3, true, DefaultProps(3)).judge(s)
		if c.word == "" {
			if s.Verdict != Healthy || len(s.Problems) > 0 {
				t.Errorf("%s: %s, %v", name, s.Verdict, s.Problems)
			}
			continue
		}
		if s.Verdict != Degraded || len(s.Problems) != 1 {
			t.Errorf("%s: %s, %v", name, s.Verdict, s.Problems)
			continue
		}
		p := s.Problems[0]
		if !strings.Contains(p.What, c.word) || !strings.HasPrefix(strings.TrimPrefix(p.What, "the "), "n2") || p.Cause == "" || p.Next == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestWithoutALayoutThereIsNoCluster(t *testing.T) {
	s := &ClusterStatus{}
	bare(t, 1, 1, true, DefaultProps(1)).judge(s)
	if s.Verdict != Unavailable || len(s.Problems) != 1 || s.Problems[0].Next == "" {
		t.Errorf("%+v", s)
	}
}
