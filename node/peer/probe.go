package peer

import (
	"errors"
	"sync/atomic"
	"time"
)

// A call whose deadline passed while nothing at all was read says little of the connection: the other node
// may be slow, or the connection stuck in the retransmissions of a partition that is long over. A ping tells:
// the other side's reader answers it by itself. A connection that does not answer is dropped, and the next
// call dials.

var errStuck = errors.New("the other side answered nothing, not even a probe")

// probe is the one question that a connection may have open.
type probe struct {
	*conn
	ping    outgoing
	written atomic.Int64 // when the ping was written, in nanoseconds since 1970; 0: not yet
	readsAt uint64       // the connection's chunks read, and writes, as they stood before
	flushAt uint64
}

// startProbe asks, unless the question is open already.
func (c *conn) startProbe() {
	if !c.probing.CompareAndSwap(false, true) {
		return
	}
	p := &probe{conn: c, readsAt: c.reads.Load(), flushAt: c.flushes.Load()}
	p.ping.kind = kindPing
	p.ping.gone = func() { p.written.Store(time.Now().UnixNano()) }
	if c.box.put(&p.ping) == nil {
		time.AfterFunc(c.settings.ProbeTimeout, p.judge)
	}
}

// judge runs when the time for an answer is up. That time begins when the ping was written; before, the
// connection lives while it still makes way.
func (p *probe) judge() {
	flushes, again := p.flushes.Load(), time.Duration(0)
	switch written := p.written.Load(); {
	case p.isDead():
		return
	case p.reads.Load() != p.readsAt:
		p.probing.Store(false)
		return
	case written != 0:
		again = p.settings.ProbeTimeout - time.Since(time.Unix(0, written))
	case flushes != p.flushAt:
		again = p.settings.ProbeTimeout
	}
	if p.flushAt = flushes; again > 0 {
		time.AfterFunc(again, p.judge)
		return
	}
	p.stats.stuck.Add(1)
	p.fail(errStuck)
}
