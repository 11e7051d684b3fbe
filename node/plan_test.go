package node

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

// planAt resolves a write of the key at the i-th node of its list, with those of the list down that are named.
func planAt(t *testing.T, members, i int, sloppy bool, down ...int) (plan, *operation) {
	t.Helper()
	n := bare(t, members, 3, true, DefaultProps(3))
	op, err := n.resolve("b", "k", DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	op.sloppy = sloppy
	n.ID = op.list[i].Node
	role := op.list[i].Role
	return n.planWith(op, role, func(id ring.NodeID) bool {
		return !slices.ContainsFunc(down, func(d int) bool { return op.list[d].Node == id })
	}), op
}

func TestAPlanGivesEveryPlaceTheBestNodeThatCanBeReached(t *testing.T) {
	type to struct{ place, node int } // by index in the list; 3 and above are fallbacks
	for name, c := range map[string]struct {
		members, at int
		strict      bool
		down        []int
		self        int
		sends       []to
		keepFor     []int
		spare       int
		acks        int
		primaries   int
	}{
		"all primaries are up":                           {members: 5, at: 0, self: 0, sends: []to{{1, 1}, {2, 2}}, spare: 2, acks: 3, primaries: 3},
		"one primary is down":                            {members: 5, at: 0, down: []int{2}, self: 0, sends: []to{{1, 1}, {2, 3}}, spare: 1, acks: 3, primaries: 2},
		"two primaries are down":                         {members: 5, at: 1, down: []int{0, 2}, self: 1, sends: []to{{0, 3}, {2, 4}}, acks: 3, primaries: 1},
		"two are down and one fallback is left":          {members: 4, at: 0, down: []int{1, 2}, self: 0, sends: []to{{1, 3}}, keepFor: []int{2}, acks: 2, primaries: 1},
		"one is down and no fallback is there":           {members: 3, at: 0, down: []int{1}, self: 0, sends: []to{{2, 2}}, keepFor: []int{1}, acks: 2, primaries: 2},
		"one is down and fallbacks are forbidden":        {members: 5, at: 0, strict: true, down: []int{1}, self: 0, sends: []to{{2, 2}}, keepFor: []int{1}, acks: 2, primaries: 2},
		"a fallback coordinates with all primaries down": {members: 6, at: 3, down: []int{0, 1, 2}, self: 0, sends: []to{{1, 4}, {2, 5}}, keepFor: []int{0}, acks: 3},
		"a fallback coordinates with one primary down":   {members: 5, at: 3, down: []int{1}, self: 1, sends: []to{{0, 0}, {2, 2}}, keepFor: []int{1}, spare: 1, acks: 3, primaries: 2},
		"a fallback coordinates with all primaries up":   {members: 5, at: 3, self: 2, sends: []to{{0, 0}, {1, 1}, {2, 2}}, keepFor: []int{2}, spare: 1, acks: 3, primaries: 3},
		"a fallback alone":                               {members: 4, at: 3, down: []int{0, 1, 2}, self: 0, keepFor: []int{0, 1, 2}, acks: 1},
		"a primary alone":                                {members: 5, at: 2, down: []int{0, 1, 3, 4}, self: 2, keepFor: []int{0, 1}, acks: 1, primaries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, op := planAt(t, c.members, c.at, !c.strict, c.down...)
			var sends []to
			for _, s := range p.sends {
				i := slices.IndexFunc(op.list, func(l ring.Place) bool { return l.Node == s.node })
				sends = append(sends, to{s.place, i})
				if op.list[i].Role != s.role {
					t.Errorf("%v is sent to as a %s", s.node, s.role)
				}
			}
			slices.SortFunc(sends, func(a, b to) int { return a.place - b.place })
			if p.self != c.self || !slices.Equal(sends, c.sends) || len(p.spare) != c.spare {
				t.Errorf("self %d, sends %v, spare %v; want %d, %v and %d to spare", p.self, sends, p.spare, c.self, c.sends, c.spare)
			}
			var keepFor []ring.NodeID
			for _, i := range c.keepFor {
				keepFor = append(keepFor, op.list[i].Node)
			}
			slices.Sort(keepFor)
			if !slices.Equal(p.keepFor, keepFor) {
				t.Errorf("keeps for %v, want %v", p.keepFor, keepFor)
			}
			if acks, primaries := p.most(); acks != c.acks || primaries != c.primaries {
				t.Errorf("at most %d acks, %d of primaries; want %d and %d", acks, primaries, c.acks, c.primaries)
			}
		})
	}
}

func TestNoPlanOfAnyFewNodesAsksANodeTwiceOrForgetsAPlace(t *testing.T) {
	for members := 1; members <= 6; members++ {
		for at := range members {
			for mask := range 1 << members {
				var down []int
				for i := range members {
					if mask&(1<<i) != 0 && i != at {
						down = append(down, i)
					}
				}
				p, op := planAt(t, members, at, true, down...)
				story := fmt.Sprintf("%d members, at %d, %v down", members, at, down)
				nodes, places := map[ring.NodeID]bool{op.list[at].Node: true}, map[int]bool{}
				if p.self < 0 || p.self >= op.replicas {
					t.Fatalf("%s: self at %d", story, p.self)
				}
				places[p.self] = true
				for _, s := range p.sends {
					if nodes[s.node] {
						t.Errorf("%s: %v is sent to twice", story, s.node)
					}
					nodes[s.node], places[s.place] = true, true
				}
				for _, id := range p.spare {
					if nodes[id] || slices.Contains(op.primaries(), ring.Place{Node: id}) {
						t.Errorf("%s: %v is no spare", story, id)
					}
				}
				for _, i := range p.closed {
					places[i] = true
				}
				if len(places) != op.replicas {
					t.Errorf("%s: places %v have a node or are closed", story, places)
				}
				for i, owner := range op.primaries() {
					own := owner.Node == op.list[at].Node || slices.ContainsFunc(p.sends, func(s send) bool { return s.node == owner.Node })
					hinted := slices.Contains(p.keepFor, owner.Node) ||
						slices.ContainsFunc(p.sends, func(s send) bool { return s.place == i && s.role == ring.Fallback })
					if !own && !hinted {
						t.Errorf("%s: nobody brings it to %v", story, owner.Node)
					}
				}
			}
		}
	}
}

func TestNodesThatSeemToFailAreAskedOnlyWhenTheOthersAreTooFew(t *testing.T) {
	n := bare(t, 4, 3, true, DefaultProps(3))
	op, err := n.resolve("b", "k", DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	n.ID = op.list[0].Node
	n.health.heard(op.list[1].Node, false)
	sendsTo := func(p plan, i int) bool {
		return slices.ContainsFunc(p.sends, func(s send) bool { return s.node == op.list[i].Node })
	}
	if p := n.plan(op, ring.Primary); sendsTo(p, 1) || !sendsTo(p, 3) {
		t.Errorf("a fallback can do, and the plan is %+v", p)
	}
	op.write.PW = 3
	if p := n.plan(op, ring.Primary); !sendsTo(p, 1) {
		t.Errorf("all primaries are wanted, and the plan is %+v", p)
	}
	op.write.PW, op.write.W, op.sloppy = 0, 3, false
	if p := n.plan(op, ring.Primary); !sendsTo(p, 1) {
		t.Errorf("three acks are wanted of three nodes, and the plan is %+v", p)
	}
}
