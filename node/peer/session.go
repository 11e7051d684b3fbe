package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindreddb/kindred/node"
)

// session is a connection that another node dialled: requests come in on it, replies go out.
type session struct {
	*conn
	server *server
	slots  atomic.Int64 // requests of which the reply is not written yet
	bytes  atomic.Int64 // of these and their replies, but for long ones
	gate   *gate        // of the handlers
}

// run serves one connection and returns when it and its handlers have ended.
func (s *server) run(nc net.Conn, g *greeting) {
	c := &session{conn: newConn(s.t, nc, g), server: s, gate: newGate()}
	c.stats.connsIn.Add(1)
	defer c.stats.connsIn.Add(-1)
	var wg sync.WaitGroup
	wg.Go(c.drain)
	wg.Go(func() {
		c.write()
		if !c.isDead() {
			linger(c.Conn) // the reader ends when the other side has hung up
		}
	})
	cause := c.receive()
	c.fail(cause)
	wg.Wait()
	refused := new(RefusedError)
	switch {
	case errors.As(cause, &refused):
		s.t.warnRefused(refused, host(nc))
	case errors.Is(cause, errDamaged):
		c.stats.connsDamaged.Add(1)
		s.t.warn.log(s.t.config.Log, c.peer.ID.String(), "a peer sent what cannot be read; its connection was dropped",
			"peer", c.peer.ID.String(), "name", c.peer.Name, "cause", cause)
	}
}

// drain waits until draining begins, and then until the requests in flight are answered, and ends the
// outbox: the writer writes what is left in it.
func (c *session) drain() {
	select {
	case <-c.server.ended:
	case <-c.dead:
	}
	<-c.gate.shut()
	c.box.end()
}

// receive takes requests until the connection ends, and says why it did.
func (c *session) receive() error {
	in := c.newReader(c.admitLong)
	defer in.end()
	for {
		c.box.waitRoom(2*c.settings.HandlersMax, c.dead) // who sends and does not read is not read either
		first, payload, err := in.next()
		if err != nil {
			return err
		}
		switch first.kind {
		case kindRequest:
			if err := c.accept(first, payload); err != nil {
				return err
			}
		case kindPing:
			payload.free()
			c.box.put(&outgoing{kind: kindPong})
		default:
			payload.free()
			return fmt.Errorf("%w: a chunk of kind %d from the side that asks", errDamaged, first.kind)
		}
	}
}

// admitLong takes in a long request, or refuses it at once.
func (c *session) admitLong(first chunk, payload *buffer) bool {
	if first.kind != kindRequest {
		return false
	}
	if c.long.claim(payload, first.size) {
		return true
	}
	c.refuse(first.id, node.RefusedOverloaded, fmt.Sprintf("no memory for a request of %d bytes: others take it all", first.size))
	return false
}

// accept runs the request in a goroutine of its own, or refuses it.
func (c *session) accept(first chunk, payload *buffer) error {
	mine, theirs := c.settings.ClusterID(), c.peer.Cluster
	switch {
	case mine != 0 && theirs != 0 && mine != theirs:
		payload.free()
		return &RefusedError{
			Reason: OtherCluster,
			Detail: fmt.Sprintf("%s is of cluster %016x, and this node became one of cluster %016x", c.peer, theirs, mine),
		}
	case c.slots.Load() >= int64(c.settings.HandlersMax), c.bytes.Load() >= shortBytesMax:
		payload.free()
		c.refuse(first.id, node.RefusedOverloaded, "too many requests of one node are in flight")
		return nil
	case !c.gate.enter():
		payload.free()
		c.refuse(first.id, node.RefusedDraining, "the node shuts down")
		return nil
	}
	c.slots.Add(1) // by this goroutine alone
	c.bytes.Add(short(len(payload.b)))
	go c.handle(first, payload)
	return nil
}

// refuse answers without a handler. Such answers are bounded by waitRoom.
func (c *session) refuse(id uint64, reason node.Refusal, detail string) {
	if reason == node.RefusedOverloaded {
		c.stats.overloaded.Add(1)
	}
	reply := newBuffer(0)
	reply.b = AppendMessage(reply.b, &node.Refused{Reason: reason, Detail: detail})
	c.send(&outgoing{kind: kindReply, id: id}, reply)
}

func (c *session) send(o *outgoing, payload *buffer) {
	o.payload, o.size = payload, len(payload.b)
	if c.box.put(o) != nil {
		payload.free()
		if o.gone != nil {
			o.gone()
		}
	}
}

// handle runs one request and queues its reply. The slot is given back when the reply is written.
func (c *session) handle(first chunk, payload *buffer) {
	defer c.gate.leave()
	c.stats.handled.Add(1)
	c.stats.handling.Add(1)
	reply := c.reply(first, payload)
	c.stats.handling.Add(-1)
	o := &outgoing{kind: kindReply, id: first.id}
	switch size := len(reply.b); {
	case size > MessageBytesMax:
		reply = c.lost(o, reply, "it is too long")
	case size > chunkBytesMax && !c.long.claim(reply, size):
		c.stats.overloaded.Add(1)
		reply = c.lost(o, reply, "no memory for it is left")
	}
	both := short(first.size) + short(len(reply.b))
	c.bytes.Add(short(len(reply.b)))
	o.gone = func() {
		c.slots.Add(-1)
		c.bytes.Add(-both)
	}
	c.send(o, reply)
}

// short leaves out messages that are counted by the budget of long ones.
func short(size int) int64 {
	if size > chunkBytesMax {
		return 0
	}
	return int64(size)
}

// lost makes o the news that there is no reply. A refusal would say that nothing was done.
func (c *session) lost(o *outgoing, reply *buffer, why string) *buffer {
	text := fmt.Sprintf("a reply of %d bytes: %s", len(reply.b), why)
	reply.free()
	o.kind = kindLost
	short := newBuffer(len(text))
	short.b = append(short.b, text...)
	return short
}

// reply decodes the request, calls the handler and encodes what it says. A panic on the way is this request's
// alone.
func (c *session) reply(first chunk, payload *buffer) (reply *buffer) {
	var f node.Frame
	defer func() {
		if fault := recover(); fault != nil {
			c.stats.panics.Add(1)
			c.settings.Log.Error("a request of another node panicked; this is a bug",
				"from", c.peer.ID.String(), "request", fmt.Sprintf("%T", f.Body), "panic", fault, "stack", string(debug.Stack()))
			reply = newBuffer(0)
			reply.b = AppendMessage(reply.b, &node.Refused{Reason: node.RefusedFailed, Detail: "the handler panicked; the node's log has the stack"})
		}
	}()
	f, err := DecodeFrame(payload.b)
	payload.free()
	reply = newBuffer(0)
	if err != nil {
		c.stats.malformed.Add(1)
		reply.b = AppendMessage(reply.b, &node.Refused{Reason: node.RefusedMalformed, Detail: err.Error()})
		return reply
	}
	ctx, cancel := context.WithTimeout(c.server.ctx, min(time.Duration(first.millis)*time.Millisecond, handlerTimeMax))
	defer cancel()
	reply.b = AppendMessage(reply.b, c.server.handler.Handle(ctx, c.peer.ID, f))
	return reply
}
