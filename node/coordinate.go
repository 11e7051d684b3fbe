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

// written is what a coordinator has done under the key's lock.
type written struct {
	object Object      // the whole set as it stands now, to be sent to the others
	seen   clock.Clock // the new version's whole clock: the client's, once w replicas have acked
}

// coordinate takes a write: under the key's lock it reads, updates and writes to disk; then it sends the
// resulting set to the other replicas and answers at w. What is left to do then goes on behind the answer.
func (n *Node) coordinate(ctx context.Context, op *operation, role ring.Role, r PutRequest) (Answer, error) {
	if r.Content == nil {
		n.counters.Deletes.Add(1)
	} else {
		n.counters.Puts.Add(1)
	}
	p := n.plan(op, role)
	if got, primaries := p.most(); got < op.write.W {
		return Answer{}, &Error{Code: CodeQuorumUnavailable, Effect: NotApplied, Need: op.write.W, Got: got,
			Detail: fmt.Sprintf("%s wanted, and of the nodes that may hold one only %d can be reached; nothing was written", counted(op.write.W, "replica is", "replicas are"), got)}
	} else if primaries < op.write.PW {
		return Answer{}, &Error{Code: CodeQuorumUnavailable, Effect: NotApplied, Need: op.write.PW, Got: primaries,
			Detail: fmt.Sprintf("%s wanted and only %d can be reached; nothing was written", counted(op.write.PW, "primary is", "primaries are"), primaries)}
	}
	s := newSpread(n, op, p)
	answered := make(chan outcome, 1)
	started := n.background.run(func(background context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer context.AfterFunc(background, cancel)()
		defer cancel()
		w, err := n.write(ctx, op, p.keepFor, r)
		if err != nil {
			answered <- outcome{err: err}
			return
		}
		object, err := n.whole(background, op, w.object)
		if err != nil {
			s.keepForAll(background, w.object)
			answered <- outcome{err: err}
			return
		}
		w.object = object
		s.run(background, w.object, func(acks Acks, hinted []ring.NodeID, err error) {
			answered <- outcome{n.answer(w, acks, hinted, r.ReturnObject), err}
		})
	})
	if !started {
		n.counters.Overloaded.Add(1)
		return Answer{}, &Error{Code: CodeOverloaded, Effect: NotApplied,
			Detail: "too many writes are under way at this node; try again shortly, or at another node"}
	}
	select {
	case o := <-answered:
		if o.err != nil {
			return Answer{}, o.err
		}
		return o.answer, nil
	case <-ctx.Done():
		return Answer{}, &Error{Code: CodeTimeout, Effect: Unknown, Need: op.write.W, Got: int(s.got.Load()),
			Detail: fmt.Sprintf("%d of %d replicas answered in time: the write may have happened", s.got.Load(), op.write.W)}
	}
}

// outcome is what a coordinated write came to.
type outcome struct {
	answer Answer
	err    error
}

// answer is what the client is told of a write that has its acks.
func (n *Node) answer(w written, acks Acks, hinted []ring.NodeID, withObject bool) Answer {
	a := Answer{
		Seen: w.seen, Siblings: len(w.object.Versions.Visible()),
		Acks: acks, Hinted: hinted, Coordinator: n.ID,
	}
	if withObject {
		a.Object, a.Seen = w.object, a.Seen.Join(w.object.Versions.Context())
	}
	return a
}

// write applies the request to this node's own copy. Its errors leave nothing applied.
func (n *Node) write(ctx context.Context, op *operation, keepFor []ring.NodeID, r PutRequest) (written, error) {
	done, err := n.enterBucket(op.key)
	if err != nil {
		return written{}, n.writeError(op, err)
	}
	defer done()
	var w written
	again := true
	for again { // once more, with a fresh actor, after proof that the present one went back
		again = false
		err := n.Store.Update(ctx, op.key, op.write.DW > 0, func(held Held) (Change, error) {
			base, seen, err := n.conditions(ctx, op, held.Object, r)
			if err != nil {
				return Change{}, err
			}
			known := base.Versions.Context()
			if held.Own.Actor != 0 && clock.Repeats(seen.Join(known), held.Versions.Context(), held.Own) {
				n.actorWentBack(op.key, held.Own.Actor)
				again = true
				return Change{Retire: true}, nil
			}
			targets := addTargets(held.Targets, keepFor)
			if r.Content == nil && deletesNothing(base.Versions, known, seen) {
				w = written{object: base, seen: seen}
				changed := !base.Versions.Equal(held.Versions) || !slices.Equal(targets, held.Targets)
				return Change{Write: changed && !base.IsEmpty(), Object: base, Targets: targets}, nil
			}
			past := clock.Fold(seen, base.Versions, digestOf(r.Content), r.Content == nil)
			if err := n.limits(op, base, past, r.Content); err != nil {
				return Change{}, err
			}
			source, err := held.Issue()
			if err != nil {
				return Change{}, err
			}
			v := clock.Update(past, base.Versions, source)
			if !v.Clock().Fits() {
				return Change{}, &Error{Code: CodeObjectTooLarge, Effect: NotApplied,
					Detail: "the key's causal history has grown beyond what can be stored: read the key, delete it, and write it under another name"}
			}
			v.Tombstone = r.Content == nil
			v.Content = digestOf(r.Content)
			v.Coordinator, v.Wall = uint64(n.ID), time.Now().UnixMilli()
			added := Object{Versions: clock.Set{v}}
			if r.Content != nil {
				added.Contents = []*Content{r.Content}
			}
			w = written{object: MergeObjects(base, added), seen: v.Clock()}
			return Change{Write: true, Object: w.object, Targets: targets}, nil
		})
		if err != nil {
			return written{}, n.writeError(op, err)
		}
	}
	if len(keepFor) > 0 {
		n.counters.HintsKept.Add(1)
	}
	return w, nil
}

// whole reads back the contents that an update left out because they are large: whole sets travel.
func (n *Node) whole(ctx context.Context, op *operation, o Object) (Object, error) {
	if o.Whole() {
		return o, nil
	}
	rec, err := n.Store.Read(ctx, op.key, -1)
	if err == nil {
		o = MergeObjects(o, rec.Object)
	}
	if !o.Whole() {
		n.Log.Error("a key could not be read back after a write", "bucket", op.key.Bucket, "err", err)
		return Object{}, &Error{Code: CodeInternal, Effect: Unknown, Detail: "the key could not be read back after the write", Cause: err}
	}
	return o, nil
}

func digestOf(c *Content) clock.Digest {
	if c == nil {
		return clock.Digest{}
	}
	return c.Digest
}

// deletesNothing says whether a deletion would change nothing: what its context covers holds no value that
// stands, and nothing that this copy has not heard of.
func deletesNothing(set clock.Set, known, seen clock.Clock) bool {
	return known.Includes(seen) && !slices.ContainsFunc(set, func(v clock.Version) bool {
		return !v.Tombstone && seen.Covers(v.Dot)
	})
}

// conditions checks what the request demands of the key's present state, against a read at r made under the
// key's lock. It gives the state to build on, and what the client has seen.
func (n *Node) conditions(ctx context.Context, op *operation, own Object, r PutRequest) (Object, clock.Clock, error) {
	if !r.Conditional() {
		return own, r.Seen, nil
	}
	read, err := n.read(ctx, op, clock.Clock{}, withContents)
	if err != nil {
		return Object{}, clock.Clock{}, notApplied(err)
	}
	base := MergeObjects(own, read.merged)
	visible := base.Versions.Visible()
	switch {
	case r.IfAbsent && len(visible) > 0:
		return Object{}, clock.Clock{}, &Error{Code: CodePreconditionFailed, Effect: NotApplied,
			Detail: fmt.Sprintf("the key has %s, and the request was to create it", counted(len(visible), "value", "values"))}
	case r.IfMatch != nil && len(visible) == 0:
		return Object{}, clock.Clock{}, &Error{Code: CodePreconditionFailed, Effect: NotApplied,
			Detail: "the key has no value, so nothing matches the entity tag"}
	case r.IfMatch != nil && ETagOf(base.Versions) != *r.IfMatch:
		return Object{}, clock.Clock{}, &Error{Code: CodePreconditionFailed, Effect: NotApplied,
			Detail: "the key has changed: its entity tag is another one now; read it again"}
	}
	seen := r.Seen
	if r.IfMatch != nil {
		seen = seen.Join(base.Versions.Context())
	}
	return base, seen, nil
}

// limits refuses a put that would make the key's stored versions too many or too large, where it makes them
// more. Deletions are never refused, nor is a put that shrinks the key.
func (n *Node) limits(op *operation, base Object, past clock.Clock, c *Content) error {
	if c == nil {
		return nil
	}
	stays := slices.DeleteFunc(slices.Clone(base.Versions), func(v clock.Version) bool { return past.Covers(v.Dot) })
	if count := len(stays) + 1; count > op.props.MaxSiblings && count > len(base.Versions) {
		return &Error{Code: CodeTooManySiblings, Effect: NotApplied,
			Detail: fmt.Sprintf("the key has %d versions and bucket %q takes at most %d: read it, merge what you read, and write with the context of the read", len(base.Versions), op.key.Bucket, op.props.MaxSiblings)}
	}
	size := c.Size
	for _, old := range contentsOf(stays, base) {
		if old.Digest != c.Digest {
			size += old.Size
		}
	}
	if size > n.MaxObjectSize && size > base.Size() {
		return &Error{Code: CodeObjectTooLarge, Effect: NotApplied,
			Detail: fmt.Sprintf("all siblings together would have %d bytes and at most %d are taken: read the key, merge, and write with the context of the read", size, n.MaxObjectSize)}
	}
	return nil
}

// addTargets is the union of two lists of nodes, in order.
func addTargets(a, b []ring.NodeID) []ring.NodeID {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// writeError turns what the store answered into what a client is told.
func (n *Node) writeError(op *operation, err error) error {
	var e *Error
	var refused *errRefused
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &refused):
		return refused.refused.asError()
	case errors.Is(err, ErrDiskFull):
		return &Error{Code: CodeDiskFull, Effect: NotApplied, Cause: err,
			Detail: "the disk of the coordinator is too full for writes; reads go on"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Code: CodeTimeout, Effect: NotApplied, Need: op.write.W, Cause: err,
			Detail: "the key was busy for the whole time allowed; nothing was written"}
	case errors.Is(err, ErrDamaged):
		n.Log.Error("stored object is damaged", "bucket", op.key.Bucket, "err", err)
		return &Error{Code: CodeInternal, Effect: NotApplied, Cause: err, Detail: "the coordinator's copy of the key is damaged"}
	}
	n.Log.Error("write failed", "err", err)
	return &Error{Code: CodeInternal, Effect: Unknown, Cause: err, Detail: "the coordinator could not write"}
}

// actorWentBack reports that an actor's own events were met from outside and are unknown here.
func (n *Node) actorWentBack(k Key, a clock.Actor) {
	n.counters.ActorsRetired.Add(1)
	n.Log.Warn("an actor of this node was seen ahead of it: its folder went back in time, or runs twice; a fresh actor is drawn",
		"actor", a, "bucket", k.Bucket)
}
