package gossip

import "sync/atomic"

// Stats count what this node met since its start.
type Stats struct {
	// PacketsDropped were not ours, or another cluster's; PacketsBad passed the header and were not
	// understood, with another secret for instance.
	PacketsDropped, PacketsBad int64
	// StreamsDropped did not begin with a handshake of ours, or were too many at one time.
	StreamsDropped int64
	// TurnedAway are callers that were refused here, TurnedAwayBy the refusals of others.
	TurnedAway, TurnedAwayBy int64
	// ProfilesRefused are nodes that gossip told of and that were not taken in.
	ProfilesRefused int64
	// StatesMerged brought something new; StatesRefused were malformed or another cluster's.
	StatesMerged, StatesRefused int64
	// MessagesBad were malformed.
	MessagesBad int64
	// LogLinesDropped repeated themselves too fast.
	LogLinesDropped int64
	// Health is memberlist's opinion of this node's own timeliness: 0 is best.
	Health int
}

// counters are the figures of Stats while they move.
type counters struct {
	packetsDropped, packetsBad, streamsDropped, turnedAway, turnedAwayBy atomic.Int64
	profilesRefused, statesMerged, statesRefused, messagesBad            atomic.Int64
	logLinesDropped                                                      atomic.Int64
}

// Stats gives the figures of this moment. It may be called concurrently.
func (g *Gossip) Stats() Stats {
	c := &g.counts
	return Stats{
		PacketsDropped: c.packetsDropped.Load(), PacketsBad: c.packetsBad.Load(), StreamsDropped: c.streamsDropped.Load(),
		TurnedAway: c.turnedAway.Load(), TurnedAwayBy: c.turnedAwayBy.Load(), ProfilesRefused: c.profilesRefused.Load(),
		StatesMerged: c.statesMerged.Load(), StatesRefused: c.statesRefused.Load(), MessagesBad: c.messagesBad.Load(),
		LogLinesDropped: c.logLinesDropped.Load(), Health: g.list.GetHealthScore(),
	}
}
