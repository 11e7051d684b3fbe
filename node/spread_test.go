package node_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
)

func TestAReplicaThatHangsDoesNotFillThePoolOfWrites(t *testing.T) {
	small := func(c *node.Config) { c.BackgroundMax, c.SlowReplica = 16, 100*time.Millisecond }
	run(t, setup{members: 5, n: 3, config: small}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[2] {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		refused := 0
		for range 1000 {
			p := write("k", "v")
			p.HasSeen = true
			if a, err := r.put(list[0], p); err != nil || a.Coordinator != list[0] {
				refused++
			}
			time.Sleep(9 * time.Millisecond)
		}
		if refused > 0 {
			t.Errorf("%d of 1000 writes were refused, some 11 in the time that it takes to replace a replica, with room for 16", refused)
		}
	})
}

func TestAReplicaThatHangsIsReplacedAndGetsItsHint(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[2] {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		p := write("k", "v")
		p.Options.W = node.LevelAll
		a := r.mustPut(list[0], p)
		if a.Acks.Total != 3 || a.Acks.Primary != 2 || a.Acks.Fallback != 1 || len(a.Hinted) != 1 || a.Hinted[0] != list[2] {
			t.Errorf("acks %+v, hinted %v", a.Acks, a.Hinted)
		}
		r.setScript(nil)
		r.until(time.Minute, "delivered", func() bool { return !r.held(list[2], "k").IsEmpty() })
	})
}

func TestAFallbackThatHangsIsReplacedToo(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[2] || c.to == list[3] {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		p := write("k", "v")
		p.Options.W = node.LevelAll
		if a := r.mustPut(list[0], p); a.Acks.Fallback != 1 || r.held(list[4], "k").IsEmpty() {
			t.Errorf("acks %+v, want one of the second fallback", a.Acks)
		}
	})
}

func TestReplicasBeyondWGetTheirsBehindTheAnswer(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "v")
		p.Options.W, p.Options.DW = 1, 0
		if a := r.mustPut(list[0], p); a.Acks.Total != 1 {
			t.Errorf("acks %+v, want the answer at the first", a.Acks)
		}
		r.until(100*time.Millisecond, "everywhere", func() bool {
			return !r.held(list[1], "k").IsEmpty() && !r.held(list[2], "k").IsEmpty()
		})
	})
}

func TestAnAckIsAnotherNodeAndAnotherPlace(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[1], list[2])
		_, err := r.put(list[0], write("k", "v"))
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		p := write("k", "v")
		p.Options.W = 1
		a := r.mustPut(list[0], p)
		if a.Acks.Total != 1 || len(a.Hinted) != 2 {
			t.Errorf("acks %+v, hinted %v: a hint beside an own copy is no ack", a.Acks, a.Hinted)
		}
	})
}

func TestAWriteWithoutFallbacksKeepsToThePrimaries(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[1], list[2])
		p := write("k", "v")
		p.Options.NoSloppy = true
		_, err := r.put(list[0], p)
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		r.setDown(true, list[0])
		_, err = r.put(list[3], p)
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		p.Options.NoSloppy = false
		if a := r.mustPut(list[3], p); a.Acks.Fallback != 2 {
			t.Errorf("acks %+v, want two fallbacks", a.Acks)
		}
	})
}

func TestADeletionThatWritesNothingStillSpreadsAndKeepsItsTargets(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.mustPut(list[0], write("k", "v"))
		synctest.Wait()
		remove := write("k", "")
		remove.Content = nil
		gone := r.mustPut(list[0], remove)
		time.Sleep(100 * time.Millisecond) // all have the tombstone
		versions := len(r.held(list[0], "k").Versions)

		again := remove
		again.Seen, again.HasSeen = gone.Seen, true
		r.setDown(true, list[2])
		a := r.mustPut(list[0], again)
		if len(a.Hinted) != 1 || a.Hinted[0] != list[2] {
			t.Fatalf("hinted %v, want %v", a.Hinted, list[2])
		}
		rec := r.held(list[0], "k")
		if len(rec.Targets) != 1 || rec.Targets[0] != list[2] {
			t.Errorf("the answer says that a hint is kept for %v, and the record is kept for %v", a.Hinted, rec.Targets)
		}
		if len(rec.Versions) != versions {
			t.Errorf("%d versions became %d", versions, len(rec.Versions))
		}

		merges := 0
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if m, ok := c.body.(*node.MergeRequest); ok && c.to == list[1] && m.Object.Versions.Equal(rec.Versions) {
				merges++
			}
			return c.deliver(ctx)
		})
		r.mustPut(list[0], again)
		if merges != 1 {
			t.Errorf("the standing set was sent %d times, want once: whoever missed it gets it now", merges)
		}
	})
}

func TestADeletionOfWhatWasNeverWrittenWritesNothingAndHintsNobody(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[2])
		remove := write("k", "")
		remove.Content = nil
		for _, has := range []bool{true, false} {
			remove.HasSeen = has
			a := r.mustPut(list[0], remove)
			if len(a.Hinted) != 0 || r.hints(list[0], list[2]) != 0 || !r.held(list[0], "k").IsEmpty() {
				t.Errorf("hinted %v, %d hints kept", a.Hinted, r.hints(list[0], list[2]))
			}
		}
	})
}
