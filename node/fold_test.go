package node_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

func TestABlindPutOfTheSameValueIsTakenOver(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		at := r.list("k")[0]
		for range 50 {
			r.mustPut(at, write("k", "the same"))
		}
		if got := len(r.held(at, "k").Versions); got != 1 {
			t.Errorf("%d versions of one value are stored, want 1", got)
		}
		if a := r.mustPut(at, write("k", "another")); a.Siblings != 2 {
			t.Errorf("%d siblings, want the other value to stand", a.Siblings)
		}
	})
}

func TestManyDeletionsWithOneStaleContextLeaveABoundedKey(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		stale := r.mustPut(list[0], write("k", "old")).Seen
		r.mustPut(list[0], write("k", "beside it"))
		for i := range 200 {
			p := removal("k")
			p.Seen, p.HasSeen = stale, true
			r.mustPut(list[i%3], p)
			synctest.Wait()
		}
		rec := r.held(list[0], "k")
		if got := len(rec.Versions); got > 4 {
			t.Errorf("%d versions are stored", got)
		}
		if got := len(rec.Versions.Visible()); got != 1 {
			t.Errorf("%d values stand, want the one that no deletion had seen", got)
		}
	})
}

func TestTwoClientsThatTakeTurnsOverAStandingSiblingKeepTheirContextsSmall(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		at := r.list("k")[0]
		r.mustPut(at, write("k", "standing"))
		var seen [2]clock.Clock
		for i := range 300 {
			who := i % 2
			p := write("k", fmt.Sprintf("%d of client %d", i, who))
			p.Seen, p.HasSeen = seen[who], true
			a := r.mustPut(at, p)
			seen[who] = a.Seen
			if a.Siblings != min(i+2, 3) {
				t.Fatalf("%d siblings after %d writes", a.Siblings, i+1)
			}
			if a.Seen.Runs() > 4 {
				t.Fatalf("the context of client %d has %d runs after %d writes: %s", who, a.Seen.Runs(), i+1, a.Seen)
			}
		}
	})
}

func TestTheFoldedPastIsGivenOutWithAcksAlone(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.mustPut(list[0], write("k", "v"))
		r.setDown(true, list[1], list[2])
		a, err := r.put(list[0], write("k", "v2"))
		if err == nil || !a.Seen.IsEmpty() || !a.Object.IsEmpty() {
			t.Errorf("a refused write gave out %+v", a)
		}
		r.setDown(false, list[1], list[2])
		for _, id := range list[1:] {
			r.members[id].disk.SetFull(true)
		}
		a, err = r.put(list[0], write("k", "v2"))
		wantError(t, err, node.CodeQuorumUnavailable, node.Unknown)
		if !a.Seen.IsEmpty() || !a.Object.IsEmpty() {
			t.Errorf("a write without its acks gave out %+v", a)
		}
	})
}

func TestAPutOfTooManySiblingsIsRefusedUntilTheyAreMerged(t *testing.T) {
	few := node.DefaultProps(3)
	few.MaxSiblings = 3
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		for id := range r.members {
			r.setView(id, func(v *node.View) { v.Buckets = map[string]node.BucketProps{bucket: few} })
		}
		at := r.list("k")[0]
		for i := range 3 {
			r.mustPut(at, write("k", fmt.Sprint(i)))
		}
		_, err := r.put(at, write("k", "one more"))
		wantError(t, err, node.CodeTooManySiblings, node.NotApplied)
		g, err := r.get(at, "k")
		if err != nil || g.Siblings != 3 {
			t.Fatalf("%d values, %v", g.Siblings, err)
		}
		p := write("k", "merged")
		p.Seen, p.HasSeen = g.Seen, true
		if a := r.mustPut(at, p); a.Siblings != 1 {
			t.Errorf("%d siblings after the merge", a.Siblings)
		}
	})
}
