package peer

import (
	"slices"
	"time"
)

// writer hands a connection's messages to the kernel: all that are queued in one write, and of the long ones
// a chunk at a time, in turn, behind the short ones.
type writer struct {
	*conn
	buf   []byte
	begun []begun
	long  []*outgoing
	turn  int
	sent  int // bytes of payloads that were done with since the last flush
}

// begun is a message whose first byte stands in the buffer, at that place.
type begun struct {
	message *outgoing
	at      int
}

// takingTurns is how many long messages are under way at once; others wait for one to end.
const takingTurns = 8

// write runs until the connection is dead, or its outbox has ended and is empty.
func (c *conn) write() {
	w := &writer{conn: c}
	defer w.dropAll()
	var batch []*outgoing
	for {
		var open bool
		batch, open = c.box.take(batch[:0], len(w.long) == 0)
		if !open && len(w.long) == 0 || !w.writeBatch(batch) {
			return
		}
	}
}

func (w *writer) writeBatch(batch []*outgoing) bool {
	now := time.Now()
	for i, o := range batch {
		batch[i] = nil
		if o.size > chunkBytesMax {
			w.long = append(w.long, o)
			continue
		}
		w.whole(o, now)
		if len(w.buf) >= batchBytesAbout && !w.flush() {
			w.drop(batch[i+1:])
			return false
		}
	}
	w.part(now)
	return w.flush()
}

// whole writes a message of one chunk.
func (w *writer) whole(o *outgoing, now time.Time) {
	if o.begin(now, w.reads.Load()) {
		w.begun = append(w.begun, begun{o, len(w.buf)})
		w.append(o, chunk{kind: o.kind, id: o.id, size: o.size, millis: millisLeft(o.deadline, now)}, 0, o.size)
	}
	w.finish(o)
}

// part writes the next chunk of the long message whose turn it is.
func (w *writer) part(now time.Time) {
	if len(w.long) == 0 {
		return
	}
	w.turn = (w.turn + 1) % min(len(w.long), takingTurns)
	o := w.long[w.turn]
	length := min(o.size-o.sent, chunkBytesMax)
	switch {
	case o.sent == 0:
		if !o.begin(now, w.reads.Load()) {
			length = o.size
			break
		}
		w.begun = append(w.begun, begun{o, len(w.buf)})
		w.append(o, chunk{kind: o.kind, id: o.id, size: o.size, millis: millisLeft(o.deadline, now)}, 0, length)
	case o.state.Load() == stopped:
		w.buf = appendChunk(w.buf, chunk{kind: kindAbandon, id: o.id}, nil)
		length = o.size - o.sent
	default:
		w.append(o, chunk{kind: kindMore, id: o.id, size: o.sent}, o.sent, o.sent+length)
	}
	if o.sent += length; o.sent == o.size {
		w.long = slices.Delete(w.long, w.turn, w.turn+1)
		w.finish(o)
	}
}

func (w *writer) append(o *outgoing, c chunk, from, to int) {
	var payload []byte
	if o.payload != nil {
		payload = o.payload.b[from:to]
	}
	w.buf = appendChunk(w.buf, c, payload)
}

// flush writes the buffer in one call. Where that fails, the messages of which nothing got out are told.
func (w *writer) flush() bool {
	if w.sent > 0 {
		w.box.done(w.sent)
		w.sent = 0
	}
	if w.isDead() {
		w.tell(0)
		return false
	}
	if len(w.buf) == 0 {
		return true
	}
	w.SetWriteDeadline(time.Now().Add(w.settings.WriteTimeout))
	n, err := w.Write(w.buf)
	w.stats.bytesOut.Add(uint64(n))
	if err != nil {
		w.tell(n)
		w.fail(err)
		return false
	}
	w.flushes.Add(1)
	clear(w.begun)
	w.buf, w.begun = w.buf[:0], w.begun[:0]
	return true
}

// tell marks the messages that begin behind the bytes that the kernel took.
func (w *writer) tell(taken int) {
	for _, b := range w.begun {
		if b.at >= taken && !b.message.state.CompareAndSwap(started, unsent) {
			b.message.state.CompareAndSwap(stopped, unsent)
		}
	}
}

// dropAll runs when the outbox has ended: nothing comes in behind it.
func (w *writer) dropAll() {
	batch, _ := w.box.take(nil, false)
	w.drop(batch)
	w.drop(w.long)
}

func (w *writer) drop(messages []*outgoing) {
	for _, o := range messages {
		o.state.CompareAndSwap(waiting, revoked)
		w.finish(o)
	}
}

// finish gives back what the message held. Its payload was copied by now, or is not wanted.
func (w *writer) finish(o *outgoing) {
	w.sent += o.size
	if o.payload != nil {
		o.payload.free()
		o.payload = nil
	}
	if o.gone != nil {
		o.gone()
	}
}

// millisLeft rounds up: a request that is sent at all has some time.
func millisLeft(deadline, now time.Time) uint32 {
	if deadline.IsZero() {
		return 0
	}
	const most = 1 << 31
	return uint32(min((deadline.Sub(now)+time.Millisecond-1)/time.Millisecond, most))
}
