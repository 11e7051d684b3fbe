package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
)

// clientConn is a connection that this node dialled: requests go out on it, replies come in.
type clientConn struct {
	*conn
	t *Transport

	mu struct {
		sync.Mutex
		calls   map[uint64]*call
		lastID  uint64
		retired bool // ends with its last call
		ended   error
	}
}

// call is one request that waits for its reply. Whoever takes it out of the table of calls, and nobody else,
// puts an outcome into done.
type call struct {
	outgoing
	done chan outcome // one place
}

type outcome struct {
	reply *buffer
	err   error
}

func newClientConn(t *Transport, nc net.Conn, g *greeting) *clientConn {
	c := &clientConn{conn: newConn(t, nc, g), t: t}
	c.mu.calls = map[uint64]*call{}
	return c
}

// start runs the connection's two goroutines, which the transport waits for.
func (c *clientConn) start() {
	c.stats.connsOut.Add(1)
	c.t.wg.Add(2)
	go func() {
		defer c.t.wg.Done()
		c.write()
	}()
	go func() {
		defer c.t.wg.Done()
		defer c.stats.connsOut.Add(-1)
		c.fail(c.receive())
		c.lose()
	}()
}

// call sends the request, which it owns from now on, and waits for the reply, which the caller frees.
func (c *clientConn) call(ctx context.Context, deadline time.Time, request *buffer) (*buffer, error) {
	k := &call{
		outgoing: outgoing{kind: kindRequest, deadline: deadline, payload: request, size: len(request.b)},
		done:     make(chan outcome, 1),
	}
	if err := c.enter(k); err != nil {
		request.free()
		return nil, fmt.Errorf("%w: %w", node.ErrUnsent, err)
	}
	select {
	case o := <-k.done:
		return c.outcome(k, o)
	case <-ctx.Done():
	}
	if !c.forget(k.id) {
		return c.outcome(k, <-k.done) // the reply, or the connection's end, came in the same moment
	}
	if k.revoke() {
		return nil, fmt.Errorf("%w: %w", node.ErrUnsent, ctx.Err())
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.stats.timedOut.Add(1)
		if c.reads.Load() == k.readsAt {
			c.startProbe()
		}
	}
	return nil, ctx.Err()
}

// enter puts the call into the table and its request into the queue.
func (c *clientConn) enter(k *call) error {
	c.mu.Lock()
	switch {
	case c.mu.ended != nil:
		defer c.mu.Unlock()
		return c.mu.ended
	case len(c.mu.calls) >= c.settings.CallsMax:
		defer c.mu.Unlock()
		return fmt.Errorf("%d calls wait on the connection already", len(c.mu.calls))
	}
	c.mu.lastID++
	k.id = c.mu.lastID
	c.mu.calls[k.id] = k
	c.mu.Unlock()
	err := c.box.offer(&k.outgoing, c.settings.CallsMax, c.settings.QueueBytesMax)
	if err != nil && !c.forget(k.id) {
		<-k.done
	}
	return err
}

// forget takes a call out of the table, and says whether it was there.
func (c *clientConn) forget(id uint64) bool {
	return c.takeCall(id) != nil
}

func (c *clientConn) takeCall(id uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.mu.calls[id]
	delete(c.mu.calls, id)
	if c.mu.retired && len(c.mu.calls) == 0 {
		c.fail(errEnded)
	}
	return k
}

// outcome tells a request that was certainly not sent from one that may have been.
func (c *clientConn) outcome(k *call, o outcome) (*buffer, error) {
	if o.err != nil && k.revoke() {
		return nil, fmt.Errorf("%w: %w", node.ErrUnsent, o.err)
	}
	return o.reply, o.err
}

// receive hands replies to their calls until the connection ends, and says why it did.
func (c *clientConn) receive() error {
	in := c.newReader(c.admit)
	defer in.end()
	for {
		first, payload, err := in.next()
		if err != nil {
			return err
		}
		switch first.kind {
		case kindReply:
			c.deliver(first.id, outcome{reply: payload})
		case kindLost:
			err := fmt.Errorf("the other node has no reply to send: %s", printable(payload.b))
			payload.free()
			c.deliver(first.id, outcome{err: err})
		case kindPong:
			payload.free()
		default:
			payload.free()
			return fmt.Errorf("%w: a chunk of kind %d from the side that answers", errDamaged, first.kind)
		}
	}
}

// deliver frees what comes too late.
func (c *clientConn) deliver(id uint64, o outcome) {
	if k := c.takeCall(id); k != nil {
		k.done <- o
		return
	}
	c.stats.late.Add(1)
	if o.reply != nil {
		o.reply.free()
	}
}

// admit takes in a long reply. One for which there is no memory is an error of its call.
func (c *clientConn) admit(first chunk, payload *buffer) bool {
	c.mu.Lock()
	_, wanted := c.mu.calls[first.id]
	c.mu.Unlock()
	if !wanted || first.kind != kindReply {
		return false
	}
	if c.long.claim(payload, first.size) {
		return true
	}
	c.stats.overloaded.Add(1)
	c.deliver(first.id, outcome{err: fmt.Errorf("no memory for a reply of %d bytes: Config.LongBytesMax is taken", first.size)})
	return false
}

// retire ends the connection when its last call has ended; no more are let in.
func (c *clientConn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.retired, c.mu.ended = true, errEnded
	if len(c.mu.calls) == 0 {
		c.fail(errEnded)
	}
}

// lose fails the calls that still wait. The connection is dead.
func (c *clientConn) lose() {
	c.mu.Lock()
	calls := c.mu.calls
	c.mu.calls, c.mu.ended = nil, fmt.Errorf("the connection broke: %w", c.cause)
	c.mu.Unlock()
	if c.cause != errEnded && c.cause != errClosed && c.cause != errForgotten {
		c.stats.connsDropped.Add(1)
		c.t.warn.log(c.settings.Log, c.peer.ID.String(), "the connection to a peer broke",
			"peer", c.peer.ID.String(), "name", c.peer.Name, "cause", c.cause)
	}
	if errors.Is(c.cause, errDamaged) {
		c.stats.connsDamaged.Add(1)
	}
	for _, k := range calls {
		k.done <- outcome{err: fmt.Errorf("the connection broke: %w", c.cause)}
	}
}
