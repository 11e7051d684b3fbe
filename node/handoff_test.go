package node_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// hintsFor writes so many keys at member 1 while the target is down.
func (r *rig) hintsFor(target ring.NodeID, count int) {
	r.t.Helper()
	r.setDown(true, target)
	for i := range count {
		r.mustPut(1, write(fmt.Sprintf("k%d", i), "v"))
	}
	synctest.Wait()
	if got := r.hints(1, target); got != int64(count) {
		r.t.Fatalf("%d hints are kept, want %d", got, count)
	}
}

// damage spoils the first keys that the holder keeps for the target, at the given member.
func (r *rig) damage(at, holder, target ring.NodeID, count int) {
	r.t.Helper()
	keys, err := r.members[holder].store.Hinted(context.Background(), target, node.Key{}, count)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, k := range keys {
		if !r.members[at].disk.Damage(k) {
			r.t.Fatalf("%v holds nothing of %q", at, k.Name)
		}
	}
}

func TestHandoffDeliversTheOthersWhenOneRecordIsDamagedHere(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.hintsFor(3, 200)
		r.damage(1, 1, 3, 1)
		r.setDown(false, 3)
		r.until(time.Minute, "all but one delivered", func() bool { return r.hints(1, 3) == 1 })
	})
}

func TestHandoffDeliversTheOthersWhenTheTargetRefusesSome(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		for i := range 200 {
			p := write(fmt.Sprintf("k%d", i), "first")
			p.Options.W = node.LevelAll
			r.mustPut(1, p)
		}
		r.hintsFor(3, 200)
		r.damage(3, 1, 3, 8)
		r.setDown(false, 3)
		r.until(time.Minute, "all but eight delivered", func() bool { return r.hints(1, 3) == 8 })
	})
}

func TestHandoffToOneTargetDoesNotWaitForAnother(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.setDown(true, 2, 3)
		p := write("k", "v")
		p.Options.W = 1
		r.mustPut(1, p)
		synctest.Wait()
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == 2 {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		r.setDown(false, 2)
		time.Sleep(1500 * time.Millisecond) // now the one that hangs is being delivered to
		r.setDown(false, 3)
		r.until(3*time.Second, "delivered to the other", func() bool { return r.hints(1, 3) == 0 })
	})
}

func TestHandoffToATargetThatHangsHasFewDeliveriesUnderWay(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.hintsFor(3, 50)
		var now, most atomic.Int32
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to != 3 {
				return c.deliver(ctx)
			}
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return hang(ctx)
		})
		r.setDown(false, 3)
		time.Sleep(30 * time.Second)
		if got := most.Load(); got < 1 || got > 4 {
			t.Errorf("%d deliveries were under way at once, want at most 4", got)
		}
	})
}

func TestHandoffKeepsTheTargetUntilItsDiskHasTheRecord(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.hintsFor(3, 1)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			m, err := c.deliver(ctx)
			if merge, ok := c.body.(*node.MergeRequest); ok {
				if !merge.Durable {
					t.Error("a hint was sent without the demand that the answer wait for the disk")
				}
				return &node.MergeReply{Durable: false}, err
			}
			return m, err
		})
		r.setDown(false, 3)
		time.Sleep(time.Minute)
		if got := r.hints(1, 3); got != 1 {
			t.Fatalf("%d hints are left, want the one that was never confirmed from disk", got)
		}
		r.setScript(nil)
		r.until(10*time.Second, "delivered", func() bool { return r.hints(1, 3) == 0 })
	})
}

func TestHandoffKeepsTheTargetWhenTheRecordChangedMeanwhile(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.hintsFor(3, 1)
		delivered, gate := make(chan bool, 1), make(chan bool)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to != 3 {
				return c.deliver(ctx)
			}
			m, err := c.deliver(ctx)
			delivered <- true
			<-gate
			return m, err
		})
		r.setDown(false, 3)
		<-delivered
		r.setDown(true, 3) // or the write would reach it by itself
		r.mustPut(1, write("k0", "later"))
		r.setScript(nil)
		close(gate)
		synctest.Wait()
		if got := r.hints(1, 3); got != 1 {
			t.Fatal("the target was struck off for a record that it does not have")
		}
		r.setDown(false, 3)
		r.until(10*time.Second, "delivered", func() bool { return r.hints(1, 3) == 0 })
		if !r.held(3, "k0").Versions.Equal(r.held(1, "k0").Versions) {
			t.Error("the target has not got the later write")
		}
	})
}

func TestAFallbackDropsARecordWithItsLastTargetAndAnOwnerKeepsIt(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[:2]...)
		p := write("k", "v")
		p.Options.W = node.LevelAll
		a := r.mustPut(list[2], p)
		if !slices.Equal(slices.Sorted(slices.Values(a.Hinted)), slices.Sorted(slices.Values(list[:2]))) {
			t.Fatalf("hinted for %v, want %v", a.Hinted, list[:2])
		}
		r.setDown(false, list[:2]...)
		r.until(10*time.Second, "handed over", func() bool {
			return r.held(list[3], "k").IsEmpty() && r.held(list[4], "k").IsEmpty()
		})
		want := r.held(list[2], "k").Versions
		for _, id := range list[:3] {
			rec := r.held(id, "k")
			if !rec.Versions.Equal(want) || len(rec.Targets) > 0 {
				t.Errorf("%v holds %d versions for %v", id, len(rec.Versions), rec.Targets)
			}
		}
	})
}

func TestAStrangerTakesNoRecordThatIsForNobodyElse(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.mustPut(list[0], write("k", "v"))
		for name, targets := range map[string][]ring.NodeID{"for nobody": nil, "for itself": {list[4]}} {
			m := &node.MergeRequest{Key: node.NewKey(bucket, "k", 3), Object: r.held(list[0], "k").Object, Targets: targets}
			reply := r.members[list[4]].Handle(context.Background(), list[0], node.Frame{Body: m})
			if got, ok := reply.(*node.Refused); !ok || got.Reason != node.RefusedNotOwner {
				t.Errorf("%s: got %+v", name, reply)
			}
		}
		if !r.held(list[4], "k").IsEmpty() {
			t.Error("it holds the record for ever")
		}
	})
}

func TestAFallbackKeepsARecordForAPrimaryThatFailsAfterTheHandOver(t *testing.T) {
	slow := func(c *node.Config) { c.SlowReplica = 4 * time.Second }
	run(t, setup{members: 4, n: 3, config: slow}, func(t *testing.T, r *rig) {
		list := r.list("k")
		away, hangs, alone := list[0], list[1], list[3]
		r.setDown(true, away)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			switch c.body.(type) {
			case *node.ForwardRequest: // so that the fallback coordinates
				return &node.Refused{Reason: node.RefusedNotReady}, nil
			case *node.MergeRequest:
				if c.to == hangs {
					return hang(ctx)
				}
			}
			return c.deliver(ctx)
		})
		if a := r.mustPut(alone, write("k", "v")); a.Coordinator != alone {
			t.Fatalf("coordinated by %v, want the fallback %v", a.Coordinator, alone)
		}
		r.setDown(false, away)
		r.until(3*time.Second, "handed over to the one that is back", func() bool { return r.held(alone, "k").IsEmpty() })
		r.until(3*time.Second, "kept for the one that hangs", func() bool {
			return slices.Equal(r.held(alone, "k").Targets, []ring.NodeID{hangs})
		})
		r.setScript(nil)
		r.until(time.Minute, "handed over to all", func() bool {
			return r.held(alone, "k").IsEmpty() && !r.held(hangs, "k").IsEmpty()
		})
	})
}
