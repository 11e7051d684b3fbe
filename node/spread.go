package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kindreddb/kindred/node/quorum"
	"github.com/kindreddb/kindred/ring"
)

// spread sends a write's resulting set to the other replicas, puts fallbacks in the place of those that fail
// or are slow, and answers as soon as the tally is met. Replicas beyond w get theirs behind the answer.
//
// Everything but got belongs to the goroutine in run.
type spread struct {
	n       *Node
	op      *operation
	plan    plan
	tally   *quorum.Write
	object  Object
	durable bool // the client wants acks that rest on disk, whatever the nodes' durability
	results chan sent
	waiting map[int]int  // sends whose result is still to come, by place
	backed  map[int]bool // places whose primary has a fallback beside it by now
	kept    map[int]bool // places whose hint this node keeps beside its own copy
	hinted  []ring.NodeID
	got     atomic.Int32
}

// sent is the result of one send.
type sent struct {
	send
	durable bool
	err     error // nil: the node holds the object
}

func newSpread(n *Node, op *operation, p plan) *spread {
	return &spread{
		n: n, op: op, plan: p,
		tally:   quorum.NewWrite(op.write, op.replicas),
		results: make(chan sent, len(p.sends)+len(p.spare)),
		durable: op.write.DW > 0,
		waiting: map[int]int{},
		backed:  map[int]bool{},
		kept:    map[int]bool{},
	}
}

// run calls answer once, as soon as the outcome is certain, and returns when every send has ended or the
// time for it is over. The context is the node's, not the client's.
func (s *spread) run(ctx context.Context, object Object, answer func(Acks, []ring.NodeID, error)) {
	ctx, cancel := context.WithTimeout(ctx, s.n.FanoutTimeout)
	defer cancel()
	s.object = object
	if !object.IsEmpty() {
		s.hinted = slices.Clone(s.plan.keepFor)
	}
	s.begin(ctx)
	slow := time.NewTimer(s.n.SlowReplica)
	defer slow.Stop()
	for answered := false; ; {
		if !answered {
			answered = s.conclude(answer)
		}
		if len(s.waiting) == 0 || answered && s.tally.AllAcked() {
			return // who is still being waited for has a fallback that keeps its hint
		}
		select {
		case r := <-s.results:
			s.take(ctx, r)
		case <-slow.C:
			s.backSlow(ctx)
			slow.Reset(s.n.SlowReplica)
		}
	}
}

// begin counts the own copy and sends to all that the plan names.
func (s *spread) begin(ctx context.Context) {
	asked := map[int]bool{}
	for _, to := range s.plan.sends {
		asked[to.place] = asked[to.place] || to.role == ring.Primary
		s.send(ctx, to)
	}
	for i := range s.op.replicas {
		if !asked[i] && !(i == s.plan.self && s.plan.primary) {
			s.tally.Lost(i)
		}
	}
	for _, i := range s.plan.closed {
		s.tally.Close(i)
	}
	s.tally.Ack(s.plan.self, uint64(s.n.ID), s.plan.primary, s.durable || s.n.Store.Durable())
}

// conclude answers when the tally has its result, and says whether it has.
func (s *spread) conclude(answer func(Acks, []ring.NodeID, error)) bool {
	total, primary, fallback, durable := s.tally.Counts()
	s.got.Store(int32(total))
	acks := Acks{N: s.op.key.N, Total: total, Primary: primary, Fallback: fallback, Durable: durable}
	switch s.tally.Result() {
	case quorum.Met:
		answer(acks, slices.Clone(s.hinted), nil)
	case quorum.Unreachable:
		need := s.op.write
		answer(Acks{}, nil, &Error{Code: CodeQuorumUnavailable, Effect: Unknown, Need: need.W, Got: total,
			Detail: fmt.Sprintf("the write reached %d replicas, %d of them primaries, %d on disk; %d, %d and %d were wanted: it may still come to stand", total, primary, durable, need.W, need.PW, need.DW)})
	default:
		return false
	}
	return true
}

// send delivers the object to one node, on a goroutine of its own.
func (s *spread) send(ctx context.Context, to send) {
	s.waiting[to.place]++
	m := &MergeRequest{Key: s.op.key, Object: s.object, Durable: s.durable}
	if to.role == ring.Fallback {
		m.Targets = []ring.NodeID{s.op.list[to.place].Node}
	}
	go func() {
		durable, err := s.n.merge(ctx, to.node, s.op.layout.Number(), m)
		s.results <- sent{to, durable, err}
	}()
}

// merge asks one node to merge an object, and says whether it has it on disk. A refusal is an *errRefused.
func (n *Node) merge(ctx context.Context, to ring.NodeID, layout uint64, m *MergeRequest) (durable bool, err error) {
	reply, err := n.call(ctx, to, layout, m)
	if err != nil {
		return false, err
	}
	switch reply := reply.(type) {
	case *MergeReply:
		return reply.Durable, nil
	case *Refused:
		n.learn(reply)
		return false, &errRefused{*reply}
	}
	return false, errors.New("the answer was not understood")
}

// take counts a result; a node that failed is replaced.
func (s *spread) take(ctx context.Context, r sent) {
	if s.waiting[r.place]--; s.waiting[r.place] == 0 {
		delete(s.waiting, r.place)
	}
	switch {
	case r.err == nil:
		s.tally.Ack(r.place, uint64(r.node), r.role == ring.Primary, r.durable)
		if r.role == ring.Fallback {
			s.hinted = append(s.hinted, s.op.list[r.place].Node)
			s.n.counters.HintsKept.Add(1)
		}
		return
	case r.role == ring.Fallback:
		s.back(ctx, r.place)
	default:
		s.tally.Lost(r.place)
		if !s.backed[r.place] {
			s.back(ctx, r.place)
		}
	}
	if s.waiting[r.place] == 0 && !s.tally.Acked(r.place) {
		s.tally.Close(r.place)
	}
}

// backSlow puts one more fallback beside every node that has not answered by now.
func (s *spread) backSlow(ctx context.Context) {
	for _, to := range s.plan.sends {
		if s.tally.Acked(to.place) || s.waiting[to.place] == 0 {
			continue
		}
		if to.role == ring.Primary {
			s.n.health.heard(to.node, false)
		}
		s.back(ctx, to.place)
	}
}

// back gives the place's hint to the next spare fallback, or keeps it here, which is no ack.
func (s *spread) back(ctx context.Context, place int) {
	s.backed[place] = true
	if len(s.plan.spare) > 0 {
		next := s.plan.spare[0]
		s.plan.spare = s.plan.spare[1:]
		s.send(ctx, send{place, next, ring.Fallback})
		return
	}
	if !s.kept[place] {
		s.kept[place] = true
		s.keep(ctx, s.op.list[place].Node)
	}
}

// keepForAll makes the own copy a hint for all other primaries: a set that could not be sent is not forgotten.
func (s *spread) keepForAll(ctx context.Context, object Object) {
	s.object = object
	for _, p := range s.op.primaries() {
		if p.Node != s.n.ID {
			s.keep(ctx, p.Node)
		}
	}
}

// keep makes this node's own copy a hint for the target as well. A fallback that has handed its copy over
// meanwhile takes it back for that.
func (s *spread) keep(ctx context.Context, target ring.NodeID) {
	if s.object.IsEmpty() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.n.SlowReplica)
	defer cancel()
	err := s.n.Store.Update(ctx, s.op.key, false, func(held Held) (Change, error) {
		if slices.Contains(held.Targets, target) {
			return Change{}, nil
		}
		return Change{Write: true, Object: MergeObjects(held.Object, s.object), Targets: addTargets(held.Targets, []ring.NodeID{target})}, nil
	})
	if err != nil {
		s.n.Log.Warn("a hint could not be kept", "target", target, "err", err)
		return
	}
	s.n.counters.HintsKept.Add(1)
	s.hinted = append(s.hinted, target)
}
