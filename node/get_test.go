package node_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// atLeast makes a read ask for what the answer has shown.
func atLeast(a node.Answer) func(*node.GetRequest) {
	return func(g *node.GetRequest) { g.AtLeast, g.HasAtLeast = a.Seen, true }
}

// atR sets how many replicas a read wants.
func atR(l node.Level) func(*node.GetRequest) {
	return func(g *node.GetRequest) { g.Options.R = l }
}

func TestAReadWithAContextAsksFallbacksThoughAllPrimariesAnswered(t *testing.T) {
	run(t, setup{members: 6, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[:3]...)
		a := r.mustPut(list[3], write("k", "v"))
		if a.Acks.Fallback != a.Acks.Total {
			t.Fatalf("the write was to rest on fallbacks alone: %+v", a.Acks)
		}
		r.setDown(false, list[:3]...)
		g, err := r.get(list[0], "k", atLeast(a))
		if err != nil || !g.Covers || g.Siblings != 1 {
			t.Errorf("the client does not read its own write: covers %t, %d values, %v", g.Covers, g.Siblings, err)
		}
	})
}

func TestAReadWithAContextThatNobodyCoversAnswersAndSaysSo(t *testing.T) {
	run(t, setup{members: 8, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.mustPut(list[0], write("k", "v"))
		other := r.mustPut(r.list("other")[0], write("other", "v"))
		var asked atomic.Int32
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.FetchRequest); ok {
				asked.Add(1)
			}
			return c.deliver(ctx)
		})
		g, err := r.get(list[0], "k", atLeast(other))
		if err != nil || g.Covers || g.Siblings != 1 {
			t.Errorf("covers %t, %d values, %v", g.Covers, g.Siblings, err)
		}
		if got := asked.Load(); got != 5 { // two other primaries and n fallbacks
			t.Errorf("%d nodes were asked beside the own copy, want 5", got)
		}
	})
}

func TestAnAbsenceIsNeverToldByAFallbackThatHoldsNothing(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[0], list[1])
		for _, at := range list[2:] {
			_, err := r.get(at, "k")
			wantError(t, err, node.CodeQuorumUnavailable, node.NoEffect)
		}
		r.setDown(false, list[0])
		for _, at := range list[2:] {
			if g, err := r.get(at, "k"); err != nil || g.Siblings != 0 {
				t.Errorf("two primaries know: %d values, %v", g.Siblings, err)
			}
		}
	})
}

func TestAnAbsenceIsNeverToldByACopyWhoseMemoryIsIncomplete(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		if err := r.members[list[0]].store.SetKnowsAll(false); err != nil {
			t.Fatal(err)
		}
		if g, err := r.get(list[0], "k"); err != nil || g.Siblings != 0 {
			t.Errorf("two others know: %d values, %v", g.Siblings, err)
		}
		r.setDown(true, list[1])
		_, err := r.get(list[0], "k")
		wantError(t, err, node.CodeQuorumUnavailable, node.NoEffect)
		r.mustPut(list[0], write("k", "v"))
		if g, err := r.get(list[0], "k"); err != nil || g.Siblings != 1 {
			t.Errorf("a value may rest on it: %d values, %v", g.Siblings, err)
		}
	})
}

func TestTheOnlyCopyThereIsKnowsByItself(t *testing.T) {
	run(t, setup{members: 1, n: 3}, func(t *testing.T, r *rig) {
		if err := r.members[1].store.SetKnowsAll(false); err != nil {
			t.Fatal(err)
		}
		if g, err := r.get(1, "k"); err != nil || g.Siblings != 0 {
			t.Errorf("%d values, %v", g.Siblings, err)
		}
	})
}

func TestAReadIsHedgedWhenAReplicaHangs(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "v")
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[1] {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		began := time.Now()
		g, err := r.get(list[0], "k")
		if err != nil || g.Siblings != 1 {
			t.Fatalf("%d values, %v", g.Siblings, err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("it took %s, want little more than the hedge's delay", took)
		}
	})
}

func TestAReplicaThatLetsOneReadWaitIsNotAskedByTheNext(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		var asked atomic.Int32
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == list[1] {
				asked.Add(1)
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		done := make(chan error)
		go func() {
			_, err := r.get(list[0], "k", func(g *node.GetRequest) {
				g.Options.R, g.Options.NoSloppy = node.LevelAll, true
			})
			done <- err
		}()
		time.Sleep(600 * time.Millisecond) // the first still waits
		if _, err := r.get(list[0], "k"); err != nil {
			t.Error(err)
		}
		if got := asked.Load(); got != 1 {
			t.Errorf("the replica that hangs was asked %d times, want once", got)
		}
		wantError(t, <-done, node.CodeTimeout, node.NoEffect)
	})
}

func TestAReadMendsTheCopiesThatAnsweredWithLess(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		noMerges := func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.MergeRequest); ok {
				return unsent()
			}
			return c.deliver(ctx)
		}
		r.setScript(noMerges)
		p := write("k", "v")
		p.Options.W, p.Options.DW = 1, 1
		r.mustPut(list[0], p)
		synctest.Wait() // until both sends have failed
		r.setScript(nil)
		if _, err := r.get(list[1], "k", atR(node.LevelAll)); err != nil {
			t.Fatal(err)
		}
		r.until(100*time.Millisecond, "mended", func() bool {
			return !r.held(list[1], "k").IsEmpty() && !r.held(list[2], "k").IsEmpty()
		})
		if got := r.members[list[1]].Counters().Repairs.Load(); got != 2 {
			t.Errorf("%d repairs were counted, want 2", got)
		}
	})
}

func TestReadRepairsThatHangDoNotStarveWrites(t *testing.T) {
	small := func(c *node.Config) { c.BackgroundMax = 16 }
	run(t, setup{members: 5, n: 3, config: small}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[1])
		r.mustPut(list[0], write("k", "v"))
		time.Sleep(time.Second) // until nothing of the write goes on behind its answer
		r.setDown(false, list[1])
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.MergeRequest); ok && c.to == list[1] {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		for range 40 {
			if _, err := r.get(list[0], "k", atR(node.LevelAll)); err != nil {
				t.Fatal(err)
			}
		}
		if a := r.mustPut(list[0], write("k", "v2")); a.Coordinator != list[0] {
			t.Error("the node had no room left for a write of its own")
		}
	})
}

func TestLargeContentsTravelOnceAndArriveWhole(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		large := make([]byte, 100<<10)
		p := write("k", "")
		p.Content = node.NewContent(large, "application/octet-stream", "", nil)
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		for _, at := range []ring.NodeID{list[0], list[4]} {
			var bytes atomic.Int64
			r.setScript(func(ctx context.Context, c call) (node.Message, error) {
				m, err := c.deliver(ctx)
				if f, ok := m.(*node.FetchReply); ok {
					for _, c := range f.Object.Contents {
						bytes.Add(int64(len(c.Value)))
					}
				}
				return m, err
			})
			g, err := r.get(at, "k", atR(node.LevelAll))
			if err != nil || !g.Object.Whole() || len(g.Object.Contents[0].Value) != len(large) {
				t.Fatalf("%+v, %v", g, err)
			}
			if got := bytes.Load(); got > int64(len(large)) {
				t.Errorf("%d bytes of contents came over the wire to %v for a value of %d", got, at, len(large))
			}
		}
	})
}
