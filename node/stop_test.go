package node_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
)

func TestANodeThatStopsDoesNotWaitForItsClientsTimeOuts(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, _ call) (node.Message, error) { return hang(ctx) })
		p := write("k", "v")
		p.IfAbsent = true // it reads the others under its key's lock
		p.Options.Timeout = time.Minute
		done := make(chan error, 1)
		go func() {
			_, err := r.put(list[0], p)
			done <- err
		}()
		synctest.Wait()
		m := r.members[list[0]]
		began := time.Now()
		m.Drain()
		m.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the node took %s to stop", took)
		}
		wantError(t, <-done, node.CodeTimeout, node.NotApplied)
	})
}

func TestANodeThatStopsFinishesWhatGoesOnBehindItsAnswers(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[2] {
				time.Sleep(400 * time.Millisecond)
			}
			return c.deliver(ctx)
		})
		r.mustPut(list[0], write("k", "v"))
		r.members[list[0]].stop()
		if r.held(list[2], "k").IsEmpty() {
			t.Error("the replica beyond w was forgotten")
		}
	})
}

func TestANodeThatDrainsRefusesClientsAndAnswersNodes(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.members[list[1]].Drain()
		_, err := r.get(list[1], "k")
		wantError(t, err, node.CodeDraining, node.NotApplied)
		_, err = r.put(list[1], write("k", "v"))
		wantError(t, err, node.CodeDraining, node.NotApplied)
		p := write("k", "v")
		p.Options.W, p.Options.PW = node.LevelAll, node.LevelAll
		if a := r.mustPut(list[0], p); a.Acks.Primary != 3 {
			t.Errorf("acks %+v, want it to take its copy until it stops", a.Acks)
		}
	})
}

func TestANodeRefusesMoreOperationsThanItHasRoomFor(t *testing.T) {
	two := func(c *node.Config) { c.ClientOperationsMax = 2 }
	run(t, setup{members: 3, n: 3, config: two}, func(t *testing.T, r *rig) {
		r.setScript(func(ctx context.Context, _ call) (node.Message, error) { return hang(ctx) })
		done := make(chan error)
		for range 2 {
			go func() {
				_, err := r.get(1, "k")
				done <- err
			}()
		}
		synctest.Wait()
		_, err := r.get(1, "k")
		wantError(t, err, node.CodeOverloaded, node.NotApplied)
		for range 2 {
			wantError(t, <-done, node.CodeTimeout, node.NoEffect)
		}
		r.setScript(nil)
		if _, err := r.get(1, "k"); err != nil {
			t.Errorf("when the others are gone: %v", err)
		}
		if got := r.members[1].Counters().Overloaded.Load(); got != 1 {
			t.Errorf("%d refusals were counted, want 1", got)
		}
	})
}

func TestANodeWithoutALayoutIsNotReady(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.setView(1, func(v *node.View) { v.Layout = nil })
		_, err := r.get(1, "k")
		wantError(t, err, node.CodeNotReady, node.NotApplied)
		wantError(t, r.members[1].SetBucket(context.Background(), bucket, wide(3)), node.CodeNotReady, node.NotApplied)
		m := r.members[1].Handle(context.Background(), 2, node.Frame{Body: &node.StatusRequest{}})
		if got, ok := m.(*node.Refused); !ok || got.Reason != node.RefusedNotReady {
			t.Errorf("another node gets %+v", m)
		}
	})
}
