package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Put writes one version of a key: a value, or a tombstone where the request has no content. The answer
// rests on the acks that it names. Errors are *Error and say whether the write may have been applied.
//
// A primary coordinates; any other node forwards to one. Where no primary can be reached a fallback
// coordinates, unless the request forbids it.
func (n *Node) Put(ctx context.Context, r PutRequest) (Answer, error) {
	leave, err := n.admit()
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	began := time.Now()
	op, err := n.resolve(r.Bucket, r.Key, r.Options)
	if err != nil {
		return Answer{}, err
	}
	if r.Content != nil && len(r.Content.Value) > op.props.MaxValueSize {
		return Answer{}, &Error{Code: CodeValueTooLarge, Effect: NotApplied,
			Detail: fmt.Sprintf("the value has %d bytes and bucket %q takes at most %d", len(r.Content.Value), r.Bucket, op.props.MaxValueSize)}
	}
	ctx, cancel := context.WithTimeout(ctx, op.timeout)
	defer cancel()
	if r.Content == nil && !r.HasSeen && !r.Conditional() {
		// A deletion that says not what it has seen deletes what a read at r sees now.
		read, err := n.read(ctx, op, clock.Clock{}, clocksOnly)
		if err != nil {
			return Answer{}, notApplied(err)
		}
		r.Seen, r.HasSeen = read.merged.Versions.Context(), true
	}
	a, err := n.route(ctx, op, r)
	if notTaken(err) && n.outdated(op) {
		if op, err = n.resolve(r.Bucket, r.Key, r.Options); err == nil {
			a, err = n.route(ctx, op, r)
		}
	}
	if err == nil {
		n.latency.put.record(time.Since(began))
	}
	return a, err
}

// notApplied marks the failure of what came before a write.
func notApplied(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	marked := *e
	marked.Effect = NotApplied
	return &marked
}

// notTaken says whether a coordinator certainly did not take the write for a reason of its own, so that the
// next one may be asked. What the request itself is to blame for is no such reason.
func notTaken(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Effect != NotApplied {
		return false
	}
	switch e.Code {
	case CodeDiskFull, CodeOverloaded, CodeDraining, CodeNotReady, CodeInternal, CodeQuorumUnavailable:
		return true
	}
	return false
}

// route finds the write's coordinator. A second one is asked only when the first certainly did not take the
// write; when that is open the outcome is unknown, and a second copy of the write would be a second write.
func (n *Node) route(ctx context.Context, op *operation, r PutRequest) (Answer, error) {
	var last error = &Error{Code: CodeQuorumUnavailable, Effect: NotApplied, Need: op.write.W,
		Detail: "no node that may coordinate this write can be reached"}
	for _, p := range n.coordinators(op, r) {
		var a Answer
		var err error
		if p.Node == n.ID {
			a, err = n.coordinate(ctx, op, p.Role, r)
		} else {
			a, err = n.forward(ctx, op, p, r)
		}
		if !notTaken(err) {
			return a, err
		}
		last = err
		if n.outdated(op) {
			break // so is the list of who may coordinate, and this node's own part in it
		}
	}
	return Answer{}, last
}

// coordinators are the nodes that may take the write, in the order in which they are asked. A conditional
// write belongs to the first primary that is alive, so that two of them meet under one lock.
func (n *Node) coordinators(op *operation, r PutRequest) []ring.Place {
	if r.Conditional() {
		return only(op.primaries(), n.alive)
	}
	if i := op.place(n.ID); i >= 0 {
		rest := slices.Delete(slices.Clone(op.primaries()), i, i+1)
		return append([]ring.Place{op.list[i]}, only(rest, n.reachable)...)
	}
	candidates := op.primaries()
	if op.sloppy {
		candidates = op.list
		if op.member(n.ID) {
			candidates = append(slices.Clone(op.primaries()), ring.Place{Node: n.ID, Role: ring.Fallback})
		}
	}
	if out := only(candidates, n.reachable); len(out) > 0 {
		return out
	}
	return only(candidates, n.alive)
}

func only(places []ring.Place, keep func(ring.NodeID) bool) []ring.Place {
	var out []ring.Place
	for _, p := range places {
		if keep(p.Node) {
			out = append(out, p)
		}
	}
	return out
}

// forward hands the write to the node at the place.
func (n *Node) forward(ctx context.Context, op *operation, at ring.Place, r PutRequest) (Answer, error) {
	n.counters.Forwards.Add(1)
	m, err := n.call(ctx, at.Node, op.layout.Number(), &ForwardRequest{Put: r, Role: at.Role})
	switch {
	case errors.Is(err, ErrUnsent):
		return Answer{}, &Error{Code: CodeQuorumUnavailable, Effect: NotApplied, Need: op.write.W,
			Detail: "no node that may coordinate this write can be reached", Cause: err}
	case err != nil:
		return Answer{}, &Error{Code: CodeTimeout, Effect: Unknown, Need: op.write.W,
			Detail: "the coordinator did not answer in time: the write may have happened", Cause: err}
	}
	switch m := m.(type) {
	case *ForwardReply:
		if m.Err != nil {
			return Answer{}, m.Err
		}
		if m.Answer != nil {
			return *m.Answer, nil
		}
	case *Refused:
		n.learn(m)
		return Answer{}, m.asError()
	}
	return Answer{}, &Error{Code: CodeInternal, Effect: Unknown, Detail: "the coordinator's answer was not understood"}
}

// call sends one request to another node and notes whether that one answers.
func (n *Node) call(ctx context.Context, to ring.NodeID, layout uint64, body Message) (Message, error) {
	began := time.Now()
	n.health.trying(to)
	m, err := n.Peers.Call(ctx, to, Frame{Layout: layout, Step: n.step(), Body: body})
	// A client's own short time-out says nothing about the other node, nor does a coordinator's wait for others.
	_, forwarded := body.(*ForwardRequest)
	if err == nil || ctx.Err() == nil || time.Since(began) >= n.SlowReplica && !forwarded {
		n.health.heard(to, err == nil)
	}
	return m, err
}

// step is the reaping step at which this node reads: no tombstone was ever reaped before the first.
func (n *Node) step() uint64 { return 0 }

// learn takes up what a refusal brought along.
func (n *Node) learn(r *Refused) {
	if r.Layout != nil {
		n.Cluster.AdoptLayout(r.Layout)
	}
}

// asError is what a client is told when nobody else can do what one node refused.
func (r *Refused) asError() *Error {
	code, detail := CodeQuorumUnavailable, "the nodes that hold this key refused: "+r.Reason.String()
	switch r.Reason {
	case RefusedDiskFull:
		code, detail = CodeDiskFull, "no node that could be asked has room on its disk for writes; reads go on"
	case RefusedOverloaded:
		code, detail = CodeOverloaded, "the nodes that hold this key are overloaded; try again shortly"
	case RefusedFailed:
		return &Error{Code: CodeInternal, Effect: Unknown, Detail: "a node that was asked failed; its log says how"}
	case RefusedNotReady, RefusedDraining:
		code, detail = CodeNotReady, "the nodes that hold this key are starting or stopping; try again shortly"
	}
	return &Error{Code: code, Effect: NotApplied, Detail: detail}
}
