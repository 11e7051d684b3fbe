package node

import (
	"context"
	"errors"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Handle answers what another node asks of this one. from is who asked, as the transport has proved. It
// never returns nil. A frame made on an older layout is refused with the newer one, and versions read at an
// older step are refused: the sender asks, or reads, again.
func (n *Node) Handle(ctx context.Context, from ring.NodeID, f Frame) Message {
	layout := n.Cluster.View().Layout
	if layout == nil {
		return &Refused{Reason: RefusedNotReady, Detail: "this node has no layout yet"}
	}
	if f.Layout != 0 && f.Layout < layout.Number() {
		return &Refused{Reason: RefusedOldLayout, Layout: layout}
	}
	switch m := f.Body.(type) {
	case *MergeRequest:
		if f.Step < n.step() {
			return &Refused{Reason: RefusedOldStep}
		}
		if err := n.mergeHere(ctx, layout, m); err != nil {
			return n.refuse(from, err)
		}
		return &MergeReply{Durable: m.Durable || n.Store.Durable()}
	case *FetchRequest:
		reply, err := n.fetch(ctx, m.Key, layout, m.ContentMax)
		if err != nil {
			return n.refuse(from, err)
		}
		return &reply
	case *ForwardRequest:
		return n.handleForward(ctx, m)
	case *SeenRequest:
		return n.handleSeen(from, m)
	case *BindRequest:
		return n.handleBind(ctx, from, m)
	case *TreeRequest:
		return n.handleTree(ctx, from, layout, m)
	case *StatusRequest:
		return &StatusReply{Status: n.Status()}
	}
	n.counters.Malformed.Add(1)
	return &Refused{Reason: RefusedMalformed, Detail: "not a request"}
}

// errRefused is a refusal on its way out.
type errRefused struct{ refused Refused }

func (e *errRefused) Error() string {
	s := "refused: " + e.refused.Reason.String()
	if e.refused.Detail != "" {
		s += ": " + e.refused.Detail
	}
	return s
}

// mergeHere is the one receiver of versions: replication, read repair, hints and every later way to move
// data end here. Merging is idempotent, so a repeated or late delivery does no harm.
func (n *Node) mergeHere(ctx context.Context, layout *ring.Layout, m *MergeRequest) error {
	rng := m.Key.RangeOf(layout.Partitions())
	owner := layout.Owns(n.ID, rng.Partition, rng.N)
	targets := slices.DeleteFunc(slices.Clone(m.Targets), func(id ring.NodeID) bool { return id == n.ID })
	if !owner && len(targets) == 0 {
		return &errRefused{Refused{Reason: RefusedNotOwner}}
	}
	done, err := n.enterBucket(m.Key)
	if err != nil {
		return err
	}
	defer done()
	return n.Store.Update(ctx, m.Key, m.Durable, func(held Held) (Change, error) {
		if m.Object.IsEmpty() {
			return Change{}, nil
		}
		retire := held.Own.Actor != 0 &&
			clock.Repeats(m.Object.Versions.Context(), held.Versions.Context(), held.Own)
		if retire {
			n.actorWentBack(m.Key, held.Own.Actor)
		}
		merged := MergeObjects(held.Object, m.Object)
		all := addTargets(held.Targets, targets)
		if merged.Versions.Equal(held.Versions) && slices.Equal(all, held.Targets) {
			// What is held may still be on its way to the disk: writing it again waits for that.
			return Change{Write: m.Durable && !n.Store.Durable(), Object: merged, Targets: all, Retire: retire}, nil
		}
		if shared := merged.Versions.SharedDots(); len(shared) > 0 {
			n.counters.SharedDots.Add(1)
			n.Log.Error("two versions share one dot: a counter was used twice, both versions are kept",
				"bucket", m.Key.Bucket, "dot", shared[0])
		}
		return Change{Write: true, Object: merged, Targets: all, Retire: retire}, nil
	})
}

// refuse turns an error into the refusal that the asking node gets.
func (n *Node) refuse(from ring.NodeID, err error) *Refused {
	var r *errRefused
	switch {
	case errors.As(err, &r):
		return &r.refused
	case errors.Is(err, ErrDiskFull):
		return &Refused{Reason: RefusedDiskFull}
	case errors.Is(err, ErrDamaged):
		n.Log.Error("stored object is damaged", "err", err)
		return &Refused{Reason: RefusedDamaged}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Refused{Reason: RefusedOverloaded, Detail: "no time was left"}
	}
	n.Log.Error("request of another node failed", "from", from, "err", err)
	return &Refused{Reason: RefusedFailed}
}

// handleForward coordinates a write that another node may not coordinate. It is never forwarded again: a
// node that does not own the key says so, with its layout, unless it is asked to stand in.
func (n *Node) handleForward(ctx context.Context, m *ForwardRequest) Message {
	leave, err := n.admit()
	if err != nil {
		return forwardReply(Answer{}, err)
	}
	defer leave()
	op, err := n.resolve(m.Put.Bucket, m.Put.Key, m.Put.Options)
	if err != nil {
		return forwardReply(Answer{}, err)
	}
	role := ring.Primary
	if op.place(n.ID) < 0 {
		role = ring.Fallback
		if m.Role != ring.Fallback || m.Put.Conditional() || !op.member(n.ID) {
			return &Refused{Reason: RefusedNotOwner, Layout: op.layout}
		}
	}
	a, err := n.coordinate(ctx, op, role, m.Put)
	return forwardReply(a, err)
}

func forwardReply(a Answer, err error) Message {
	if err == nil {
		return &ForwardReply{Answer: &a}
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: CodeInternal, Effect: Unknown, Detail: "the coordinator could not write"}
	}
	return &ForwardReply{Err: e}
}
