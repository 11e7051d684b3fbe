package node_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// next is the layout after l: the same places, and another name for the first member.
func next(t *testing.T, l *ring.Layout) *ring.Layout {
	t.Helper()
	var all []ring.Member
	all = append(all, l.Members()...)
	all[0].Name += "x"
	n, err := ring.Next(l, all)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnOperationOnAnOldLayoutIsMadeAgainOnTheNewOne(t *testing.T) {
	for name, do := range map[string]func(r *rig, at ring.NodeID) error{
		"get": func(r *rig, at ring.NodeID) error { _, err := r.get(at, "k"); return err },
		"put": func(r *rig, at ring.NodeID) error { _, err := r.put(at, write("k", "v")); return err },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
				late := r.list("k")[4] // who has not heard of the second layout
				second := next(t, r.layout)
				for id := range r.members {
					if id != late {
						r.setView(id, func(v *node.View) { v.Layout = second })
					}
				}
				if err := do(r, late); err != nil {
					t.Errorf("after the others have sent the layout: %v", err)
				}
			})
		})
	}
}

func TestAnOperationThatMeetsEverNewerLayoutsEnds(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		newest := atomic.Pointer[ring.Layout]{}
		newest.Store(r.layout)
		var calls atomic.Int32
		r.setScript(func(_ context.Context, c call) (node.Message, error) {
			calls.Add(1)
			l := next(t, newest.Load())
			newest.Store(l)
			return &node.Refused{Reason: node.RefusedOldLayout, Layout: l}, nil
		})
		_, err := r.put(list[4], write("k", "v"))
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		if most := int32(2 * len(r.members)); calls.Load() > most {
			t.Errorf("%d calls for one write, want at most %d", calls.Load(), most)
		}
		calls.Store(0)
		_, err = r.get(list[4], "k")
		wantError(t, err, node.CodeQuorumUnavailable, node.NoEffect)
		if most := int32(2 * len(r.members)); calls.Load() > most {
			t.Errorf("%d calls for one read, want at most %d", calls.Load(), most)
		}
	})
}

func TestARequestOnAnOldLayoutIsRefusedWithTheNewOne(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		second := next(t, r.layout)
		r.setView(1, func(v *node.View) { v.Layout = second })
		key := node.NewKey(bucket, "k", 3)
		for name, c := range map[string]struct {
			layout  uint64
			refused bool
		}{
			"older":        {1, true},
			"the same":     {2, false},
			"newer":        {3, false}, // this node will hear of it
			"none matters": {0, false},
		} {
			m := r.members[1].Handle(context.Background(), 2, node.Frame{Layout: c.layout, Body: &node.FetchRequest{Key: key}})
			got, refused := m.(*node.Refused)
			if refused != c.refused || refused && (got.Reason != node.RefusedOldLayout || got.Layout != second) {
				t.Errorf("%s: got %+v", name, m)
			}
		}
	})
}
