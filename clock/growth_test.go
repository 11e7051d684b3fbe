package clock_test

import (
	"slices"
	"testing"
)

// chain lets clients take turns at one replica, each based on its own last write alone, while other keys go
// through the same actor.
type chain struct {
	*kernel
	last map[string]int // the step of each client's last write
}

func (c *chain) write(client string, s op) {
	if step, any := c.last[client]; any {
		s.seen = []int{step}
	}
	s.skip = 3
	c.do(s)
	// The events that the oracle's 64 bits have no room for are not needed here.
	c.dots = c.dots[:0]
	c.last[client] = len(c.contexts) - 1
}

func (c *chain) token(t *testing.T, client string) string {
	return testSealer(t, testCluster, testKey(1)).Seal("bucket", "key", c.contexts[c.last[client]])
}

func TestTwoChainsOverAStandingSiblingKeepTheirTokensShort(t *testing.T) {
	c := chain{newKernel(t, 3, rules{fold: true}), map[string]int{}}
	c.do(op{kind: put, value: 1}) // blind, and seen by neither client
	for i := range 1000 {
		for n, client := range []string{"x", "y"} {
			at := (i + n) % 3 // and each moves from node to node
			c.write(client, op{kind: put, at: at, value: 2 + 2*i + n})
			c.do(op{kind: converge})
			if token := c.token(t, client); len(token) >= 200 {
				t.Fatalf("after %d writes each the token of %s has %d characters: %s", i+1, client, len(token), c.contexts[c.last[client]])
			}
		}
	}
	if got := c.shown(0); !slices.Equal(got, []int{1, 2000, 2001}) {
		t.Errorf("shown: %v", got)
	}
	t.Logf("clocks %s and %s", c.contexts[c.last["x"]], c.contexts[c.last["y"]])
}

func TestTwoChainsWithoutFoldShowWhyThereIsOne(t *testing.T) {
	c := chain{newKernel(t, 1, rules{}), map[string]int{}}
	c.do(op{kind: put, value: 1})
	for i := range 100 {
		c.write("x", op{kind: put, value: 2 + 2*i})
		c.write("y", op{kind: put, value: 3 + 2*i})
	}
	if runs := c.contexts[c.last["x"]].Runs(); runs < 100 {
		t.Errorf("%d runs after 100 writes each", runs)
	}
}

func TestDeletesWithOneStaleTokenLeaveABoundedSet(t *testing.T) {
	for _, r := range []rules{{fold: true}, {}} {
		k := newKernel(t, 3, r)
		k.do(op{kind: put, value: 1})
		k.do(op{kind: read, reads: []int{0}})
		stale := len(k.contexts) - 1
		for i := range 200 {
			k.do(op{kind: del, at: i % 3, seen: []int{stale}, skip: 1})
			k.do(op{kind: converge})
			k.dots = k.dots[:0]
		}
		if got := len(k.replicas[0].set); r.fold && got > 1 || !r.fold && got < 200 {
			t.Errorf("fold %t: %d stored versions after 200 deletes", r.fold, got)
		}
	}
}

func TestBlindPutsOfAnEqualValueLeaveABoundedSet(t *testing.T) {
	for _, r := range []rules{{fold: true}, {}} {
		k := newKernel(t, 3, r)
		k.do(op{kind: put, value: 1})
		for i := range 1000 {
			k.do(op{kind: put, at: i % 3, value: 2, skip: 1})
			if i%10 == 9 { // between two rounds of repair each node takes its own
				k.do(op{kind: converge})
			}
			k.dots = k.dots[:0]
		}
		if got := k.shown(0); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("fold %t: shown %v", r.fold, got)
		}
		// One for the other value, one twin for each node at most.
		if got := len(k.replicas[0].set); r.fold && got > 4 || !r.fold && got < 1000 {
			t.Errorf("fold %t: %d stored versions after 1000 puts", r.fold, got)
		}
	}
}

// TestOldTokensAfterReapsRetireNobody: keys are deleted, reaped and made anew, and a client goes on using a
// token from before. The kernel of these tests fails where an actor is said to repeat itself.
func TestOldTokensAfterReapsRetireNobody(t *testing.T) {
	k := newKernel(t, 3, rules{fold: true})
	old := -1
	for i := range 1000 {
		k.do(op{kind: put, at: i % 3, value: 1 + i, skip: 2})
		if old >= 0 {
			k.do(op{kind: put, at: (i + 1) % 3, value: 2000 + i, seen: []int{old}})
		}
		k.do(op{kind: converge})
		k.do(op{kind: read, reads: []int{0}})
		last := len(k.contexts) - 1
		if i == 0 {
			old = last
		}
		k.do(op{kind: del, at: i % 3, seen: []int{last}})
		k.do(op{kind: reap})
		k.dots = k.dots[:0]
		if held := k.replicas[0].set; len(held) > 0 {
			t.Fatalf("after round %d %d versions are held", i, len(held))
		}
		if c := k.contexts[last]; c.Runs() > 7 {
			t.Fatalf("after round %d a context has %d runs: %s", i, c.Runs(), c)
		}
	}
}
