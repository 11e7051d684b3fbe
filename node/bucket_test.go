package node_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// wide are properties with another n than the cluster's.
func wide(n int) node.BucketProps { return node.DefaultProps(n) }

// keyOf finds a key of which all the nodes are primaries under the cluster's n.
func (r *rig) keyOf(nodes ...ring.NodeID) string {
	r.t.Helper()
	for i := range 1000 {
		key := fmt.Sprintf("k%d", i)
		owners := map[ring.NodeID]bool{}
		for _, id := range r.list(key)[:r.layout.N()] {
			owners[id] = true
		}
		all := true
		for _, id := range nodes {
			all = all && owners[id]
		}
		if all {
			return key
		}
	}
	r.t.Fatalf("no key on %v", nodes)
	return ""
}

func TestAPromiseOfAnNEndsWhenAnotherMemberSaysNo(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		held := r.keyOf(3, 4, 5)
		r.mustPut(3, write(held, "v")) // so that 1 and 2 say yes, and 3 says no
		err := r.members[1].SetBucket(context.Background(), bucket, wide(5))
		wantError(t, err, node.CodeBucketInUse, node.NotApplied)
		for _, at := range []ring.NodeID{1, 2} {
			key := r.keyOf(1, 2)
			if a := r.mustPut(at, write(key, "v")); a.Coordinator != at {
				t.Errorf("a write at %v was coordinated by %v: it still keeps its promise", at, a.Coordinator)
			}
		}
	})
}

func TestAPromiseOfAnNEndsWhenAnotherMemberDoesNotAnswer(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		r.setDown(true, 4)
		err := r.members[1].SetBucket(context.Background(), bucket, wide(5))
		wantError(t, err, node.CodeBucketInUse, node.NotApplied)
		for _, at := range []ring.NodeID{1, 2, 3} {
			if a := r.mustPut(at, write(r.keyOf(at), "v")); a.Coordinator != at {
				t.Errorf("a write at %v was coordinated by %v", at, a.Coordinator)
			}
		}
	})
}

func TestThePromisedNServesBeforeGossipBringsIt(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		if err := r.members[1].SetBucket(context.Background(), bucket, wide(5)); err != nil {
			t.Fatal(err)
		}
		p := write("k", "v") // only 1 knows of the properties
		p.Options.W = node.LevelAll
		if a := r.mustPut(1, p); a.Acks.Total != 5 || a.Acks.Primary != 5 {
			t.Errorf("acks %+v, want five primaries", a.Acks)
		}
		if g, err := r.get(1, "k", atR(node.LevelAll)); err != nil || g.Siblings != 1 || g.Acks.Primary != 5 {
			t.Errorf("%d values on %+v, %v", g.Siblings, g.Acks, err)
		}
	})
}

func TestAReadUnderAnotherNIsRefusedAndTellsNoAbsence(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		for id := range r.members {
			if id != 5 { // whose gossip is late
				r.setView(id, func(v *node.View) { v.Buckets = map[string]node.BucketProps{bucket: wide(5)} })
			}
		}
		r.mustPut(1, write("k", "v"))
		_, err := r.get(5, "k")
		wantError(t, err, node.CodeQuorumUnavailable, node.NoEffect)
		for n, refused := range map[int]bool{3: true, 5: false} {
			m := r.members[2].Handle(context.Background(), 1, node.Frame{Body: &node.FetchRequest{Key: node.NewKey(bucket, "k", n)}})
			got, ok := m.(*node.Refused)
			if ok != refused || ok && got.Reason != node.RefusedOtherN {
				t.Errorf("a fetch under n=%d: got %+v", n, m)
			}
		}
	})
}

func TestAWriteUnderAnotherNIsRefused(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		r.setView(2, func(v *node.View) { v.Buckets = map[string]node.BucketProps{bucket: wide(5)} })
		key := node.NewKey(bucket, r.keyOf(2), 3)
		m := r.members[2].Handle(context.Background(), 1, node.Frame{Body: &node.MergeRequest{Key: key}})
		if got, ok := m.(*node.Refused); !ok || got.Reason != node.RefusedOtherN {
			t.Errorf("got %+v", m)
		}
	})
}

func TestANIsPromisedOnlyWhenNoWriteIsUnderWay(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		in, out := make(chan bool), make(chan bool)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.FetchRequest); ok {
				in <- true
				<-out
			}
			return c.deliver(ctx)
		})
		p := write("k", "v")
		p.IfAbsent = true // it reads the others under its key's lock, and is held there
		done := make(chan error)
		at := r.list("k")[0]
		go func() {
			_, err := r.put(at, p)
			done <- err
		}()
		<-in
		m := r.members[at].Handle(context.Background(), 1, node.Frame{Body: &node.BindRequest{Bucket: bucket, N: 1}})
		if got, ok := m.(*node.BindReply); !ok || got.Bound || got.Reason == "" {
			t.Errorf("with a write under way: %+v", m)
		}
		r.setScript(nil)
		close(out)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestOneMemberPromisesOneNAtATime(t *testing.T) {
	run(t, setup{members: 3, n: 3, config: func(c *node.Config) { c.BindFor = time.Minute }}, func(t *testing.T, r *rig) {
		bindFor := func(from ring.NodeID, n int) *node.BindReply {
			return r.members[2].Handle(context.Background(), from, node.Frame{Body: &node.BindRequest{Bucket: bucket, N: n}}).(*node.BindReply)
		}
		bind := func(n int) *node.BindReply { return bindFor(1, n) }
		if got := bind(2); !got.Bound {
			t.Errorf("the first: %+v", got)
		}
		if got := bind(1); got.Bound {
			t.Error("two were promised at once")
		}
		if got := bind(2); !got.Bound {
			t.Errorf("the first, again: %+v", got)
		}
		if got := bindFor(3, 2); got.Bound {
			t.Error("two members have the same promise: either may take it back from the other")
		}
		if bindFor(3, 0); bind(1).Bound {
			t.Error("a promise was taken back by whom it was not given to")
		}
		if bind(0); !bind(2).Bound {
			t.Error("a promise cannot be given again after it was taken back")
		}
		time.Sleep(time.Minute + time.Second)
		if got := bind(1); !got.Bound {
			t.Errorf("another, when the promise is over: %+v", got)
		}
	})
}

func TestACreationThatIsRefusedTakesNoOtherCreationsPromiseBack(t *testing.T) {
	for name, n := range map[string]int{"with another n": 1, "with the same n": 5} {
		t.Run(name, func(t *testing.T) {
			run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
				// The first creation has the promises of the members before 5, and is held on its way to that one.
				arrived, gate := make(chan bool), make(chan bool)
				var held atomic.Bool
				r.setScript(func(ctx context.Context, c call) (node.Message, error) {
					if b, ok := c.body.(*node.BindRequest); ok && b.N != 0 && c.to == 5 && held.CompareAndSwap(false, true) {
						arrived <- true
						<-gate
					}
					return c.deliver(ctx)
				})
				first := make(chan error)
				go func() { first <- r.members[2].SetBucket(context.Background(), bucket, wide(5)) }()
				<-arrived
				for _, at := range []ring.NodeID{2, 3} {
					err := r.members[at].SetBucket(context.Background(), bucket, wide(n))
					wantError(t, err, node.CodeBucketInUse, node.NotApplied)
				}
				for _, id := range []ring.NodeID{1, 2, 3, 4} { // they take no write under 3 any more
					merge := &node.MergeRequest{Key: node.NewKey(bucket, r.keyOf(id), 3)}
					m := r.members[id].Handle(context.Background(), 2, node.Frame{Body: merge})
					if got, ok := m.(*node.Refused); !ok || got.Reason != node.RefusedOtherN {
						t.Errorf("%v was released from what it had promised to somebody else: %+v", id, m)
					}
				}
				close(gate)
				if err := <-first; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestSettingABucketRefusesWhatCannotBeMeant(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		for name, change := range map[string]func(*node.BucketProps){
			"no copy":                     func(p *node.BucketProps) { p.N = 0 },
			"more copies than 16":         func(p *node.BucketProps) { p.N = 17 },
			"no sibling":                  func(p *node.BucketProps) { p.MaxSiblings = 0 },
			"values below nothing":        func(p *node.BucketProps) { p.MaxValueSize = -1 },
			"r of nobody":                 func(p *node.BucketProps) { p.R = 0 },
			"w above n":                   func(p *node.BucketProps) { p.W = 4 },
			"pr above n":                  func(p *node.BucketProps) { p.PR = 4 },
			"pw that is left unset":       func(p *node.BucketProps) { p.PW = node.LevelUnset },
			"dw of no known word":         func(p *node.BucketProps) { p.DW = -9 },
			"r of the level meant for dw": func(p *node.BucketProps) { p.R = -9 },
		} {
			p := wide(3)
			change(&p)
			err := r.members[1].SetBucket(context.Background(), bucket, p)
			if err == nil {
				t.Errorf("%s was taken", name)
				continue
			}
			wantError(t, err, node.CodeInvalidParameter, node.NotApplied)
		}
	})
}

func TestPropertiesBesideNAreSetWhileKeysAreHeld(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.mustPut(1, write("k", "v"))
		synctest.Wait()
		p := wide(3)
		p.W, p.MaxSiblings = node.LevelAll, 7
		if err := r.members[1].SetBucket(context.Background(), bucket, p); err != nil {
			t.Fatal(err)
		}
		got := r.members[1].View().Bucket(bucket)
		if got.W != node.LevelAll || got.MaxSiblings != 7 || got.ExplicitN || got.Changed == 0 {
			t.Errorf("%+v", got)
		}
	})
}
