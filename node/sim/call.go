package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/peer"
	"github.com/kindreddb/kindred/ring"
)

// errReset is a connection that broke while a request was under way: it may have been taken.
var errReset = errors.New("the connection was reset")

// dialTimeout bounds how long a call to a member that is cut off takes to fail as unsent, where it does.
const dialTimeout = 300 * time.Millisecond

// call is one request on its way, and the way of its reply.
type call struct {
	net      *Network
	process  *process // who calls
	from, to *Member
	id       uint64 // hash of link, content, and how often the same was sent
	frame    []byte
	replies  chan result
}

// result is what comes back to the caller.
type result struct {
	body node.Message
	err  error
}

// Call implements node.Peers for one process.
//
//	down               unsent, as soon as the refusal is back
//	cut off            half of the calls unsent after a dial, half lost
//	lost on the way    nothing until the caller's deadline
//	restarted          reset: the outcome is open
func (p *process) Call(ctx context.Context, to ring.NodeID, f node.Frame) (node.Message, error) {
	n := p.member.cluster.Net
	target := n.route(p.member, to)
	if target == nil {
		return nil, fmt.Errorf("%w: no member has the id %s", node.ErrUnsent, to)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		return nil, errors.New("sim: a call without a deadline")
	}
	p.member.cluster.Ledger.noteMessage(nil, f.Body) // also what will be lost
	c := &call{net: n, process: p, from: p.member, to: target, frame: peer.AppendFrame(nil, f), replies: make(chan result, 2)}
	content := mix(hashBytes(c.frame) ^ mix(uint64(p.member.ID)<<32^uint64(to)))
	c.id = mix(content + n.count(content))
	if c.from.gate.pass(ctx.Done()) {
		c.step(time.Millisecond, gateOpens)
	}
	if p.isDead() {
		return nil, errReset // what is left of a process that has ended says nothing more
	}
	c.send(ctx, f.Body)
	select {
	case r := <-c.replies:
		if c.from.gate.pass(p.dead) {
			c.step(time.Millisecond, gateOpens)
		}
		return r.body, r.err
	case <-ctx.Done():
		c.step(time.Microsecond, callEnds)
		return nil, fmt.Errorf("no answer of %s: %w", target.Name, context.Cause(ctx))
	case <-p.dead:
		return nil, errReset
	}
}

// step lets the caller go on at an instant of its own.
func (c *call) step(within time.Duration, k kind) {
	c.net.instants.await(c.net.seed.between(0, within, drawSpread, c.id, uint64(k)), c.from.index, c.to.index, k, c.id)
}

// send puts the request on its way, and returns at once.
func (c *call) send(ctx context.Context, body node.Message) {
	n := c.net
	fate := n.fate(Envelope{c.from.ID, c.to.ID, body})
	if !n.joined(c.from, c.to) && n.seed.hits(0.5, drawUnsent, c.id) {
		c.unsent(n.seed.between(dialTimeout/2, dialTimeout, drawDelay, c.id), "it cannot be reached")
		return
	}
	if n.loses(c.id, request) {
		fate = Lose
	}
	deadline, _ := ctx.Deadline()
	budget := time.Until(deadline)
	c.fly(n.delay(c.id, request), requestArrives, fate, budget)
	if n.repeats(c.id, body) {
		c.fly(n.delay(c.id, duplicate), duplicateArrives, fate, budget)
	}
}

// unsent tells the caller after a while that its request was certainly not taken.
func (c *call) unsent(after time.Duration, why string) {
	c.net.flights.Go(func() {
		c.net.instants.await(after, c.from.index, c.to.index, callEnds, c.id)
		c.replies <- result{err: fmt.Errorf("%w: %s: %s", node.ErrUnsent, c.to.Name, why)}
	})
}

// fly carries the request there, has it handled, and carries the reply back.
func (c *call) fly(delay time.Duration, k kind, f Fate, budget time.Duration) {
	c.net.flights.Go(func() {
		if c.net.hold(f) {
			return
		}
		c.net.instants.await(delay, c.from.index, c.to.index, k, c.id)
		if !c.net.joined(c.from, c.to) {
			return
		}
		if c.to.gate.pass(c.net.ended) {
			c.step(time.Millisecond, gateOpens)
		}
		target := c.to.process()
		if target == nil {
			c.unsent(c.net.delay(c.id, reply), "connection refused")
			return
		}
		c.arrive(target, k, budget)
	})
}

// arrive has the request handled by the process that runs at this moment.
func (c *call) arrive(target *process, k kind, budget time.Duration) {
	frame, err := peer.DecodeFrame(c.frame)
	if err != nil {
		panic(fmt.Sprintf("sim: a frame that was just encoded: %v", err)) // a bug of the codec
	}
	c.net.trace.add(c.from, c.to, frame.Body, c.id)
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	body := target.node.Handle(ctx, c.from.ID, frame)
	c.from.cluster.Ledger.noteMessage(frame.Body, body)
	if c.to.gate.pass(target.dead) {
		c.step(time.Millisecond, gateOpens)
	}
	if target.isDead() {
		c.net.instants.await(c.net.delay(c.id, reply), c.from.index, c.to.index, callEnds, c.id)
		c.deliver(result{err: errReset})
		return
	}
	if k == duplicateArrives {
		return // its caller has one answer already, or will get one
	}
	c.answer(body)
}

// answer carries the reply back.
func (c *call) answer(body node.Message) {
	encoded := peer.AppendMessage(nil, body)
	fate := c.net.fate(Envelope{c.to.ID, c.from.ID, body})
	if c.net.hold(fate) || c.net.loses(c.id, reply) {
		return
	}
	c.net.instants.await(c.net.delay(c.id, reply), c.from.index, c.to.index, replyArrives, c.id)
	if !c.net.joined(c.to, c.from) {
		return
	}
	decoded, err := peer.DecodeMessage(encoded)
	if err != nil {
		panic(fmt.Sprintf("sim: a reply that was just encoded: %v", err)) // a bug of the codec
	}
	c.deliver(result{body: decoded})
}

// deliver hands the caller a result; one that waits no longer gets none.
func (c *call) deliver(r result) {
	select {
	case c.replies <- r:
	default:
	}
}
