package node_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/memory"
)

// interval gives every store the durability interval.
func interval(_ ring.NodeID, o *memory.Options) { o.Interval = 10 * time.Second }

func TestAWriteInIntervalModeWaitsForTheDisksThatItAsksFor(t *testing.T) {
	for dw := range 4 {
		run(t, setup{members: 5, n: 3, store: interval}, func(t *testing.T, r *rig) {
			list := r.list("k")
			p := write("k", "v")
			p.Options.W, p.Options.DW = 1, node.Level(dw)
			a := r.mustPut(list[0], p)
			if a.Acks.Durable < dw || dw == 0 && a.Acks.Durable != 0 {
				t.Errorf("dw=%d: acks %+v", dw, a.Acks)
			}
			survived := 0
			for _, id := range list[:3] {
				rec, err := r.members[id].powerCut(t).Read(context.Background(), node.NewKey(bucket, "k", 3), -1)
				if err != nil {
					t.Fatal(err)
				}
				if !rec.IsEmpty() {
					survived++
				}
			}
			if survived < dw {
				t.Errorf("dw=%d: %d copies outlived a power cut everywhere", dw, survived)
			}
		})
	}
}

func TestAMergeThatChangesNothingStillWaitsForTheDisk(t *testing.T) {
	run(t, setup{members: 3, n: 3, store: interval}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "v")
		p.Options.DW = 0
		r.mustPut(list[0], p)
		merge := &node.MergeRequest{Key: node.NewKey(bucket, "k", 3), Object: r.held(list[0], "k").Object}
		target := r.members[list[1]]
		for _, durable := range []bool{false, true} {
			merge.Durable = durable
			reply, ok := target.Handle(context.Background(), list[0], node.Frame{Body: merge}).(*node.MergeReply)
			if !ok || reply.Durable != durable {
				t.Fatalf("got %+v", reply)
			}
		}
		rec, err := target.powerCut(t).Read(context.Background(), merge.Key, -1)
		if err != nil || rec.IsEmpty() {
			t.Errorf("a power cut took what was confirmed from disk: %v", err)
		}
	})
}

func TestALargeKeyIsSentThoughItsClientLeft(t *testing.T) {
	for name, size := range map[string]int{"small": 10, "large": 5000} {
		t.Run(name, func(t *testing.T) {
			var slow ring.NodeID
			store := func(id ring.NodeID, o *memory.Options) {
				o.SyncDelay = func() time.Duration {
					if id == slow {
						return 50 * time.Millisecond
					}
					return 0
				}
			}
			run(t, setup{members: 3, n: 3, store: store}, func(t *testing.T, r *rig) {
				list := r.list("k")
				p := write("k", "")
				p.Content = node.NewContent(make([]byte, size), "application/octet-stream", "", nil)
				p.Options.W = node.LevelAll
				r.mustPut(list[0], p)
				slow = list[0]
				p = write("k", "beside it")
				p.Options.Timeout = 20 * time.Millisecond
				_, err := r.put(list[0], p)
				wantError(t, err, node.CodeTimeout, node.Unknown)
				r.until(time.Minute, "two versions everywhere", func() bool {
					for _, id := range list {
						if len(r.held(id, "k").Versions) != 2 || !r.held(id, "k").Whole() {
							return false
						}
					}
					return true
				})
			})
		})
	}
}

// unreadable is a store that fails to give whole records while it is told to.
type unreadable struct {
	node.Store
	now atomic.Bool
}

func (u *unreadable) Read(ctx context.Context, k node.Key, contentMax int) (node.Record, error) {
	if u.now.Load() && contentMax < 0 {
		return node.Record{}, errors.New("input/output error")
	}
	return u.Store.Read(ctx, k, contentMax)
}

func TestALargeKeyThatCannotBeReadBackIsKeptForTheOthers(t *testing.T) {
	stores := map[ring.NodeID]*unreadable{}
	wrap := func(c *node.Config) {
		stores[c.ID] = &unreadable{Store: c.Store}
		c.Store = stores[c.ID]
	}
	run(t, setup{members: 3, n: 3, config: wrap}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "")
		p.Content = node.NewContent(make([]byte, 5000), "application/octet-stream", "", nil)
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		stores[list[0]].now.Store(true)
		_, err := r.put(list[0], write("k", "beside it"))
		wantError(t, err, node.CodeInternal, node.Unknown)
		stores[list[0]].now.Store(false)
		if r.hints(list[0], list[1]) != 1 || r.hints(list[0], list[2]) != 1 {
			t.Error("a write that may have happened is kept for nobody")
		}
		r.until(time.Minute, "two versions everywhere", func() bool {
			return len(r.held(list[1], "k").Versions) == 2 && len(r.held(list[2], "k").Versions) == 2
		})
	})
}

func TestAHintThatAFullDiskCannotTakeIsNoAck(t *testing.T) {
	run(t, setup{members: 4, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[2])
		r.members[list[3]].disk.SetFull(true)
		p := write("k", "v")
		p.Options.W = node.LevelAll
		_, err := r.put(list[0], p)
		wantError(t, err, node.CodeQuorumUnavailable, node.Unknown)
		if got := r.hints(list[0], list[2]); got != 1 {
			t.Errorf("%d hints are kept beside the own copy, want 1", got)
		}
	})
}

func TestAFullDiskRefusesWritesAndAnswersReads(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "v")
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		for _, m := range r.members {
			m.disk.SetFull(true)
		}
		_, err := r.put(list[0], write("k", "v2"))
		wantError(t, err, node.CodeDiskFull, node.NotApplied)
		if g, err := r.get(list[0], "k", atR(node.LevelAll)); err != nil || g.Siblings != 1 {
			t.Errorf("%d values, %v", g.Siblings, err)
		}
	})
}
