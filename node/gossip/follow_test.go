package gossip

import (
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

// party is a few nodes that tell each other what they know, in any order: messages are states as they were
// when they were sent.
type party struct {
	s      source
	nodes  []ring.NodeID
	states map[ring.NodeID]State
	sent   []State
	// taken is every birth that some node ever held to be sealed.
	taken map[[16]byte]Birth
}

func newParty(seed uint64, nodes int) *party {
	p := &party{s: newSource(seed), states: map[ring.NodeID]State{}, taken: map[[16]byte]Birth{}}
	for i := range nodes {
		p.nodes = append(p.nodes, ring.NodeID(i+1))
	}
	return p
}

// publish lets a random node make a birth of itself and others.
func (p *party) publish(size int) {
	order := p.s.Perm(len(p.nodes))[:size]
	var ids []ring.NodeID
	for _, i := range order {
		ids = append(ids, p.nodes[i])
	}
	publisher := ids[0]
	if len(p.states[publisher].births) > 0 {
		return // it knows of one: it publishes none
	}
	p.update(publisher, State{births: []Birth{must(newBirth(p.s, testMembers(ids...), 1, 1))}})
}

func (p *party) update(id ring.NodeID, heard State) {
	s := p.states[id]
	if s.accepts(id, heard) != nil {
		return
	}
	s = s.Merge(heard).advance(id)
	p.states[id] = s
	p.sent = append(p.sent, s)
	if b, ok := s.Cluster(); ok {
		p.taken[b.hash] = b
	}
}

func (p *party) check(t *testing.T, seed uint64) {
	t.Helper()
	for _, a := range p.taken {
		for _, b := range p.taken {
			if a.hash != b.hash && a.overlaps(b) {
				t.Fatalf("seed %d: two births that share a node are sealed: %v and %v", seed, a.Layout.Members(), b.Layout.Members())
			}
		}
	}
}

func TestOfBirthsThatShareANodeOneAtMostIsEverSealedAndOneIsInTheEnd(t *testing.T) {
	clusters, rivals := 0, 0
	for seed := range uint64(1500) {
		p := newParty(seed, 7)
		published := 0
		for range 120 {
			if published < 3 && p.s.IntN(10) == 0 {
				p.publish(2 + p.s.IntN(3))
				published++
			}
			if len(p.sent) > 0 {
				p.update(p.nodes[p.s.IntN(len(p.nodes))], p.sent[p.s.IntN(len(p.sent))])
				p.check(t, seed)
			}
		}
		if len(p.sent) == 0 {
			continue
		}
		for again := true; again; {
			again = false
			for _, to := range p.nodes {
				for _, from := range p.nodes {
					before := p.states[to]
					p.update(to, p.states[from])
					again = again || !before.Equal(p.states[to])
				}
			}
		}
		p.check(t, seed)
		for _, id := range p.nodes {
			if _, ok := p.states[id].Cluster(); !ok {
				t.Fatalf("seed %d: node %d is left without a cluster: %+v", seed, id, p.states[id])
			}
		}
		clusters++
		rivals += len(p.taken) - 1
	}
	if clusters < 1000 || rivals == 0 {
		t.Fatalf("the seeds tell too little: %d clusters, %d with another beside them", clusters, rivals)
	}
}

func TestANodeThatFollowsABirthTakesNoOtherThatSharesNoMember(t *testing.T) {
	s := newSource(5)
	mine := State{births: []Birth{must(newBirth(s, testMembers(1, 2), 1, 1))}}.advance(1)
	other := State{births: []Birth{must(newBirth(s, testMembers(3), 1, 1))}}.advance(3)
	if _, ok := other.Cluster(); !ok {
		t.Fatal("a birth of one is not sealed by the one")
	}
	if mine.accepts(1, other) == nil {
		t.Fatal("a node left a birth that may still be sealed")
	}
	if err := (State{}).accepts(1, other); err != nil {
		t.Fatal("a node without a cluster refused one:", err)
	}
}

func TestWhoIsWaitedForIsNamedAndNobodyIsNot(t *testing.T) {
	birth := State{births: []Birth{must(newBirth(newSource(7), testMembers(1, 2), 1, 1))}}
	one := birth.advance(1)
	if why := waitsForSeal(one, 1); !strings.Contains(why, "still to come: "+listNames(testMembers(2))+" (") {
		t.Errorf("where the second is missing: %q", why)
	}
	if why := waitsForSeal(one.Merge(birth.advance(2)), 1); why != "" {
		t.Errorf("where nobody is missing: %q", why)
	}
	if why := waitsForSeal(birth.advance(2), 3); why != "a cluster is being born without this node" {
		t.Errorf("where this node has no part: %q", why)
	}
}

func TestALayoutIsSealedWhenAllOfItsMembersSaidThatTheyFollowIt(t *testing.T) {
	birth := State{births: []Birth{must(newBirth(newSource(6), testMembers(1, 2), 1, 1))}}
	one := birth.advance(1)
	two := birth.advance(2)
	one = one.Merge(two).advance(1)
	second := must(ring.Next(one.Layout(), testMembers(1, 2, 3)))
	one = one.withLayout(second).advance(1)
	if one.layouts[0].sealed || one.Layout() != second {
		t.Fatal("a layout that one follows is not present, or is sealed")
	}
	if got := one.silent(second, second.Hash()); !slices.Equal(got, testMembers(2, 3)) {
		t.Fatalf("these have not spoken: %v", got)
	}
	two = two.Merge(one).advance(2)
	three := State{}.Merge(one).advance(3)
	all := one.Merge(two).Merge(three).advance(1)
	if !all.layouts[0].sealed {
		t.Fatal("all follow and it is not sealed")
	}
	rival := must(ring.Next(all.births[0].Layout, testMembers(1, 2, 4)))
	if all.withLayout(rival).Layout().Hash() != second.Hash() {
		t.Fatal("an unsealed rival of the same number stands before a sealed layout")
	}
}
