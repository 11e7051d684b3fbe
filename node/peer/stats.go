package peer

import "sync/atomic"

// Stats are a transport's figures since it was made, but for those that say "now".
type Stats struct {
	Calls         uint64 // begun by this node
	CallsInFlight int64  // now
	Unsent        uint64 // failed before a byte was sent
	Unknown       uint64 // failed with an outcome that is not known
	TimedOut      uint64 // of these, at their deadline
	LateReplies   uint64 // came when nobody waited any more

	Handled    uint64 // requests of other nodes
	Handling   int64  // now
	Overloaded uint64 // requests refused, or replies lost, for want of slots or memory
	Malformed  uint64 // requests that could not be decoded
	Panics     uint64 // of the handler

	BytesIn, BytesOut uint64 // on all connections, after their handshakes

	ConnsOut, ConnsIn int64  // open now: dialled by this node, accepted by it
	Dials             uint64 // attempts to connect
	DialsFailed       uint64
	HandshakesRefused uint64 // by either side, or broken off
	ConnsRejected     uint64 // closed unheard: too many handshakes at once
	ConnsDropped      uint64 // dialled connections that broke
	ConnsStuck        uint64 // of these, because a probe was not answered
	ConnsDamaged      uint64 // ended because what came in could not be read, on either side
	LongBytesFree     int64  // now: what Config.LongBytesMax leaves
}

type counters struct {
	calls, unsent, unknown, timedOut, late                                                  atomic.Uint64
	handled, overloaded, malformed, panics                                                  atomic.Uint64
	bytesIn, bytesOut                                                                       atomic.Uint64
	dials, dialsFailed, handshakesRefused, connsRejected, connsDropped, stuck, connsDamaged atomic.Uint64
	callsInFlight, handling, connsOut, connsIn                                              atomic.Int64
}

// Stats reads the figures, each by itself.
func (t *Transport) Stats() Stats {
	c := &t.stats
	return Stats{
		Calls: c.calls.Load(), CallsInFlight: c.callsInFlight.Load(), Unsent: c.unsent.Load(),
		Unknown: c.unknown.Load(), TimedOut: c.timedOut.Load(), LateReplies: c.late.Load(),
		Handled: c.handled.Load(), Handling: c.handling.Load(), Overloaded: c.overloaded.Load(),
		Malformed: c.malformed.Load(), Panics: c.panics.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		ConnsOut: c.connsOut.Load(), ConnsIn: c.connsIn.Load(), Dials: c.dials.Load(), DialsFailed: c.dialsFailed.Load(),
		HandshakesRefused: c.handshakesRefused.Load(), ConnsRejected: c.connsRejected.Load(),
		ConnsDropped: c.connsDropped.Load(), ConnsStuck: c.stuck.Load(), ConnsDamaged: c.connsDamaged.Load(), LongBytesFree: t.long.left.Load(),
	}
}
