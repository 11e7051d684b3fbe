package gossip

import (
	"strings"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

func testProfile(id ring.NodeID, name string, nonce uint64) profile {
	return profile{id: id, nonce: nonce, started: int64(nonce), oldest: 1, newest: 1,
		member: ring.Member{ID: id, Name: name, Capacity: 1}, at: Addresses{Gossip: "127.0.0.1:" + string('0'+rune(nonce))}}
}

func TestWhoMayComeIn(t *testing.T) {
	with := func(p profile, change func(*profile)) profile { change(&p); return p }
	inCluster := func(p *profile) { p.cluster = 5 }
	fresh := func(p *profile) { p.fresh = true }
	layout := must(ring.First(testMembers(1, 2, 3), 4, 3))
	self := with(testProfile(1, "n1", 2), inCluster)
	two := with(testProfile(2, "n2", 3), inCluster)
	three := with(testProfile(3, "n3", 4), inCluster)
	served := facts{self: self, layout: layout, up: map[ring.NodeID]profile{2: two}, known: map[ring.NodeID]profile{2: two, 3: three}}
	unborn := facts{self: testProfile(1, "n1", 2), up: map[ring.NodeID]profile{}}
	blank := facts{self: self, layout: layout}
	young := blank
	young.young = true
	tests := []struct {
		name   string
		facts  facts
		caller profile
		// alone is the verdict without a look at somebody else, or where that one is absent; alive where it lives.
		alone, alive kind
		reason       Reason
		yields       bool
	}{
		{"this very process", served, self, itself, itself, 0, false},
		{"somebody new", served, testProfile(9, "n9", 9), welcome, welcome, 0, false},
		{"a member", served, two, welcome, welcome, 0, false},
		{"a member that is back", served, with(three, func(p *profile) { p.nonce = 9 }), welcome, welcome, 0, false},
		{"a member that was started anew at its address", served, with(two, func(p *profile) { p.nonce = 9 }), welcome, welcome, 0, false},
		{"the older of two processes with a member's id", served, with(testProfile(2, "n2", 1), inCluster), later, later, 0, false},
		{"a member that was started anew elsewhere", served, with(testProfile(2, "n2", 9), inCluster), later, refused, IdentityInUse, false},
		{"a node of another cluster", served, with(testProfile(9, "n9", 9), func(p *profile) { p.cluster = 6 }), refused, refused, OtherCluster, false},
		{"this node's id, younger", served, with(testProfile(1, "n1", 9), inCluster), refused, refused, IdentityInUse, false},
		{"this node's id, older", served, with(testProfile(1, "n1", 1), inCluster), later, later, 0, true},
		{"this node's id, older and without a cluster", served, testProfile(1, "n1", 1), refused, refused, IdentityInUse, false},
		{"this node's name", served, testProfile(9, "n1", 1), refused, refused, NameInUse, false},
		{"this node's name, both without a cluster, younger", unborn, testProfile(9, "n1", 9), refused, refused, NameInUse, false},
		{"this node's name, both without a cluster, older", unborn, testProfile(9, "n1", 1), later, later, 0, true},
		{"this node's name, and a member of a cluster", unborn, with(testProfile(9, "n1", 9), inCluster), later, later, 0, true},
		{"a living member's name", served, testProfile(9, "n2", 9), later, refused, NameInUse, false},
		{"an absent member's name, with data", served, testProfile(9, "n3", 9), refused, refused, NameInUse, false},
		{"an absent member's name, empty", served, with(testProfile(9, "n3", 9), fresh), take, refused, NameInUse, false},
		{"the name of a member that was never heard of, empty", blank, with(testProfile(9, "n3", 9), fresh), take, take, 0, false},
		{"the name of a member that was not heard of yet, empty", young, with(testProfile(9, "n3", 9), fresh), later, later, 0, false},
		{"the name of a member that was not heard of yet, with data", young, testProfile(9, "n3", 9), refused, refused, NameInUse, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alone := test.facts.judge(test.caller)
			alive := alone
			if alone.kind == look {
				alone, alive = *alone.absent, *alone.alive
			}
			if alone.kind != test.alone || alive.kind != test.alive {
				t.Fatalf("%+v, and while somebody lives %+v", alone, alive)
			}
			if alive.kind == refused && (alive.reason != test.reason || alive.detail == "") {
				t.Fatalf("refused for %v: %q", alive.reason, alive.detail)
			}
			if (alone.yield != nil) != test.yields {
				t.Fatalf("this process goes: %v", alone.yield)
			}
			if sent := alive.at != ""; sent != strings.HasPrefix(test.name, "the older of two") {
				t.Fatalf("the caller is sent to %q", alive.at)
			}
			if alone.kind == take && alone.id != 3 {
				t.Fatalf("it is to take the place of %d", alone.id)
			}
		})
	}
}

func TestEveryReasonSaysWhatCanBeDone(t *testing.T) {
	seen := map[string]bool{}
	for r := OtherCluster; r <= NameInUse; r++ {
		e := (&RefusedError{Reason: r, Address: "1.2.3.4:5", Detail: "details"}).Error()
		if !strings.Contains(e, "1.2.3.4:5 turned this node away: details; ") || seen[r.advice()] || seen[r.String()] {
			t.Errorf("reason %d says %q, %q", r, r, e)
		}
		seen[r.advice()], seen[r.String()] = true, true
	}
}
