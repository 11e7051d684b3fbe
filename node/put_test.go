package node_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func TestAWriteThatWantsAPrimaryWhichIsDownIsRefusedAtOnce(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[2])
		for _, at := range []ring.NodeID{list[0], list[4]} {
			p := write("k", "v")
			p.Options.PW = 3
			began := time.Now()
			_, err := r.put(at, p)
			wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
			if waited := time.Since(began); waited > 100*time.Millisecond {
				t.Errorf("%v took %s to find out what was known before", at, waited)
			}
		}
		for id := range r.members {
			if !r.held(id, "k").IsEmpty() {
				t.Errorf("%v holds something of a write that was refused", id)
			}
		}
	})
}

// refusal makes the script in which the first node to be asked to coordinate answers what the test says, and
// all others do as they are asked. The second result counts who was asked.
func refusal(answer func(context.Context) (node.Message, error)) (script, func() []ring.NodeID) {
	asked := make(chan ring.NodeID, 16)
	s := func(ctx context.Context, c call) (node.Message, error) {
		if _, ok := c.body.(*node.ForwardRequest); !ok {
			return c.deliver(ctx)
		}
		asked <- c.to
		if len(asked) == 1 {
			return answer(ctx)
		}
		return c.deliver(ctx)
	}
	return s, func() []ring.NodeID {
		close(asked)
		var all []ring.NodeID
		for id := range asked {
			all = append(all, id)
		}
		return all
	}
}

func TestAForwardedWrite(t *testing.T) {
	says := func(m node.Message) func(context.Context) (node.Message, error) {
		return func(context.Context) (node.Message, error) { return m, nil }
	}
	fails := func(code node.Code, effect node.Effect) func(context.Context) (node.Message, error) {
		return says(&node.ForwardReply{Err: &node.Error{Code: code, Effect: effect, Detail: "as scripted"}})
	}
	refuses := func(reason node.Refusal) func(context.Context) (node.Message, error) {
		return says(&node.Refused{Reason: reason})
	}
	goesOn := map[string]func(context.Context) (node.Message, error){
		"that starts":                      fails(node.CodeNotReady, node.NotApplied),
		"that is overloaded":               fails(node.CodeOverloaded, node.NotApplied),
		"that drains":                      fails(node.CodeDraining, node.NotApplied),
		"whose disk is full":               fails(node.CodeDiskFull, node.NotApplied),
		"whose copy is damaged":            fails(node.CodeInternal, node.NotApplied),
		"that reaches too few":             fails(node.CodeQuorumUnavailable, node.NotApplied),
		"that is not the owner":            refuses(node.RefusedNotOwner),
		"that refuses as overloaded":       refuses(node.RefusedOverloaded),
		"that refuses as it has no layout": refuses(node.RefusedNotReady),
		"that cannot be connected to":      func(context.Context) (node.Message, error) { return unsent() },
	}
	for name, answer := range goesOn {
		t.Run("goes on after a coordinator "+name, func(t *testing.T) {
			run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
				list := r.list("k")
				s, asked := refusal(answer)
				r.setScript(s)
				a := r.mustPut(list[4], write("k", "v"))
				if got := asked(); !slices.Equal(got, list[:2]) {
					t.Errorf("asked %v, want %v", got, list[:2])
				}
				if a.Coordinator != list[1] {
					t.Errorf("coordinated by %v, want %v", a.Coordinator, list[1])
				}
			})
		})
	}
	type ending struct {
		answer func(context.Context) (node.Message, error)
		code   node.Code
		effect node.Effect
	}
	stops := map[string]ending{
		"that does not answer":                  {hang, node.CodeTimeout, node.Unknown},
		"whose connection breaks":               {func(context.Context) (node.Message, error) { return nil, errors.New("reset") }, node.CodeTimeout, node.Unknown},
		"that failed in the middle":             {fails(node.CodeInternal, node.Unknown), node.CodeInternal, node.Unknown},
		"that reached too few with the write":   {fails(node.CodeQuorumUnavailable, node.Unknown), node.CodeQuorumUnavailable, node.Unknown},
		"that ran out of time":                  {fails(node.CodeTimeout, node.NotApplied), node.CodeTimeout, node.NotApplied},
		"that refuses with an error of its own": {refuses(node.RefusedFailed), node.CodeInternal, node.Unknown},
		"that finds the condition unmet":        {fails(node.CodePreconditionFailed, node.NotApplied), node.CodePreconditionFailed, node.NotApplied},
		"that finds too many siblings":          {fails(node.CodeTooManySiblings, node.NotApplied), node.CodeTooManySiblings, node.NotApplied},
		"whose answer cannot be understood":     {says(&node.MergeReply{}), node.CodeInternal, node.Unknown},
	}
	for name, e := range stops {
		t.Run("ends with a coordinator "+name, func(t *testing.T) {
			run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
				list := r.list("k")
				s, asked := refusal(e.answer)
				r.setScript(s)
				_, err := r.put(list[4], write("k", "v"))
				wantError(t, err, e.code, e.effect)
				if got := asked(); !slices.Equal(got, list[:1]) {
					t.Errorf("asked %v: a second copy of the write may be a second write", got)
				}
			})
		})
	}
}

func TestAWriteGoesOnFromACopyThatIsDamagedToOneThatIsNot(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		p := write("k", "v")
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		if !r.members[list[0]].disk.Damage(node.NewKey(bucket, "k", 3)) {
			t.Fatal("nothing to damage")
		}
		for _, at := range []ring.NodeID{list[0], list[4]} {
			if a := r.mustPut(at, write("k", "v2")); a.Coordinator != list[1] {
				t.Errorf("a write at %v was coordinated by %v, want %v", at, a.Coordinator, list[1])
			}
		}
	})
}

func TestAWriteGoesPastACoordinatorThatIsStillStarting(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		m := r.members[list[0]]
		m.stop()
		n, err := node.New(node.Config{ID: list[0], Store: m.store, Cluster: seat{r, list[0]}, Peers: seat{r, list[0]}})
		if err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		m.Node = n // and it does not run: it is for ever asking about its actors
		r.mu.Unlock()
		if a := r.mustPut(list[4], write("k", "v")); a.Coordinator != list[1] {
			t.Errorf("coordinated by %v, want %v", a.Coordinator, list[1])
		}
	})
}

func TestACoordinatorThatWaitsForOthersIsNotSuspected(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.ForwardRequest); ok {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		_, err := r.put(list[4], write("k", "v"))
		wantError(t, err, node.CodeTimeout, node.Unknown)
		r.setScript(nil)
		if a := r.mustPut(list[4], write("k", "v")); a.Coordinator != list[0] {
			t.Errorf("coordinated by %v, want %v again", a.Coordinator, list[0])
		}
	})
}

func TestAForwardedRequestIsNeverForwarded(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		stranger := r.members[list[4]]
		for name, f := range map[string]*node.ForwardRequest{
			"a write meant for a primary":               {Put: write("k", "v"), Role: ring.Primary},
			"a conditional write, though to a fallback": {Put: node.PutRequest{Bucket: bucket, Key: "k", Content: content("v"), IfAbsent: true, Options: node.DefaultOptions()}, Role: ring.Fallback},
		} {
			m := stranger.Handle(context.Background(), list[3], node.Frame{Body: f})
			if got, ok := m.(*node.Refused); !ok || got.Reason != node.RefusedNotOwner || got.Layout != r.layout {
				t.Errorf("%s: got %+v, want a refusal with the layout", name, m)
			}
		}
	})
}
