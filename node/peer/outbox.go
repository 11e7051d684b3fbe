package peer

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// outgoing is a message on its way out. The writer owns payload once it is queued.
type outgoing struct {
	kind     byte
	id       uint64
	deadline time.Time // of a request
	payload  *buffer   // nil: none
	gone     func()    // where not nil, called once, when the writer is done with the message in any way

	size    int // of the payload
	sent    int // bytes of it that were handed over
	state   atomic.Uint32
	readsAt uint64 // chunks read from the connection before this message's first byte went out
}

// The states of a message on its way out.
const (
	waiting uint32 = iota // queued
	started               // its first byte was handed to the kernel, or is just being
	revoked               // it never will be
	stopped               // the rest need not be sent
	unsent                // the connection broke before its first byte was taken
)

// revoke stops the sending, and says whether certainly not one byte was handed to the kernel.
func (o *outgoing) revoke() bool {
	if o.state.CompareAndSwap(waiting, revoked) {
		return true
	}
	o.state.CompareAndSwap(started, stopped)
	s := o.state.Load()
	return s == revoked || s == unsent
}

// begin is the writer's leave to send the first byte. A request whose time is over is not sent at all.
func (o *outgoing) begin(now time.Time, reads uint64) bool {
	if !o.deadline.IsZero() && !now.Before(o.deadline) {
		o.state.CompareAndSwap(waiting, revoked)
		return false
	}
	o.readsAt = reads
	return o.state.CompareAndSwap(waiting, started)
}

// outbox is the queue in front of a connection's writer. The zero outbox is not ready: see newOutbox.
type outbox struct {
	wake chan struct{} // one slot: there is something to take, or it is over
	room chan struct{} // one slot: the queue was emptied

	mu struct {
		sync.Mutex
		queue []*outgoing
		bytes int  // of payloads queued, or taken and not yet wholly sent
		ended bool // nothing more is let in
	}
}

var (
	errQueueFull = errors.New("the queue of the connection is full")
	errEnded     = errors.New("the connection has ended")
)

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// offer queues the message, unless so many others, or so many bytes, are queued already.
func (b *outbox) offer(o *outgoing, framesMax, bytesMax int) error {
	b.mu.Lock()
	switch {
	case b.mu.ended:
		b.mu.Unlock()
		return errEnded
	case len(b.mu.queue) >= framesMax, b.mu.bytes > 0 && b.mu.bytes+o.size > bytesMax:
		b.mu.Unlock()
		return errQueueFull
	}
	b.mu.queue = append(b.mu.queue, o)
	b.mu.bytes += o.size
	b.mu.Unlock()
	signal(b.wake)
	return nil
}

// put queues what is bounded by something else, such as the replies to requests that were let in.
func (b *outbox) put(o *outgoing) error {
	const any = int(^uint(0) >> 1)
	return b.offer(o, any, any)
}

// take gives all that is queued, in order, in exchange for an empty slice. Where there is nothing it waits,
// if it may. open is false once the outbox has ended and is empty.
func (b *outbox) take(empty []*outgoing, wait bool) (batch []*outgoing, open bool) {
	for {
		b.mu.Lock()
		batch, open = b.mu.queue, !b.mu.ended || len(b.mu.queue) > 0
		if len(batch) > 0 {
			b.mu.queue = empty
		}
		b.mu.Unlock()
		if len(batch) > 0 {
			signal(b.room)
			return batch, true
		}
		if !open || !wait {
			return empty, open
		}
		<-b.wake
		runtime.Gosched() // whoever can run may queue something too: one write for many costs half the time
	}
}

// done gives back the bytes of messages that were taken.
func (b *outbox) done(bytes int) {
	b.mu.Lock()
	b.mu.bytes -= bytes
	b.mu.Unlock()
}

// end lets nothing more in. What is queued may still be taken.
func (b *outbox) end() {
	b.mu.Lock()
	b.mu.ended = true
	b.mu.Unlock()
	signal(b.wake)
	signal(b.room)
}

// waitRoom returns when fewer than framesMax messages are queued, or stop is closed.
func (b *outbox) waitRoom(framesMax int, stop <-chan struct{}) {
	for {
		b.mu.Lock()
		full := len(b.mu.queue) >= framesMax
		b.mu.Unlock()
		if !full {
			return
		}
		select {
		case <-b.room:
		case <-stop:
			return
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
