package server

import (
	"maps"
	"slices"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/node/peer"
	"github.com/kindreddb/kindred/ring"
)

// metrics gathers what the parts below HTTP count. A part that is not there yet has nothing to tell. It is
// called while the server serves; the store and gossip are there before that, the transport before the node.
func (s *server) metrics() []httpapi.Metric {
	g := s.backend.gossip.Load()
	out := gossipMetrics(g.Stats())
	n := s.backend.node.Load()
	if n == nil {
		return out
	}
	out = append(out, nodeMetrics(n.Counters())...)
	out = append(out, repairMetrics(n.RepairStatus())...)
	out = append(out, storeMetrics(n.ID, n.View(), n.Status())...)
	out = append(out, writeMetrics(n.Store.Stats())...)
	return append(out, peerMetrics(s.transport.Stats())...)
}

// nodeMetrics are of the operations that this node took part in.
func nodeMetrics(c *node.Counters) []httpapi.Metric {
	return []httpapi.Metric{
		{Name: "node_coordinated_total", Kind: httpapi.Counter, Help: "Operations coordinated here.", Label: "op", Samples: []httpapi.Sample{
			{Of: "get", Value: float64(c.Gets.Load())}, {Of: "put", Value: float64(c.Puts.Load())}, {Of: "delete", Value: float64(c.Deletes.Load())}}},
		httpapi.NewCounter("node_forwards_total", "Writes handed to another node.", c.Forwards.Load()),
		httpapi.NewCounter("node_read_repairs_total", "Merges sent to replicas that a read found behind.", c.Repairs.Load()),
		httpapi.NewCounter("node_hints_kept_total", "Records kept here for a node that was away.", c.HintsKept.Load()),
		httpapi.NewCounter("node_hints_delivered_total", "Merges that a hint's target confirmed.", c.HintsDelivered.Load()),
		httpapi.NewCounter("node_overloaded_total", "Operations refused for want of room.", c.Overloaded.Load()),
		httpapi.NewCounter("node_actors_retired_total", "Actors given up because their counter or record went back.", c.ActorsRetired.Load()),
		httpapi.NewCounter("node_shared_dots_total", "Merges that found two versions under one dot: a folder was copied or restored.", c.SharedDots.Load()),
		httpapi.NewCounter("node_malformed_messages_total", "Messages of other nodes refused as malformed.", c.Malformed.Load()),
	}
}

// storeMetrics are of what the node keeps.
func storeMetrics(self ring.NodeID, v *node.View, s node.Status) []httpapi.Metric {
	hints := httpapi.Metric{Name: "store_hints", Kind: httpapi.Gauge, Help: "Records kept for another node now.", Label: "target"}
	hintBytes := httpapi.Metric{Name: "store_hint_bytes", Kind: httpapi.Gauge, Help: "Bytes of these records.", Label: "target"}
	kept := hintsByName(self, v, s.Hints)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		hints.Samples = append(hints.Samples, httpapi.Sample{Of: name, Value: float64(kept[name].Count)})
		hintBytes.Samples = append(hintBytes.Samples, httpapi.Sample{Of: name, Value: float64(kept[name].Bytes)})
	}
	full := 0
	if s.Full {
		full = 1
	}
	return []httpapi.Metric{
		httpapi.NewGauge("store_keys", "Records that hold a version.", s.Keys),
		httpapi.NewGauge("store_bytes", "Bytes of their contents.", s.Bytes),
		hints, hintBytes,
		httpapi.NewCounter("store_damaged_objects_total", "Objects that failed their checksum since the folder was created.", s.Damaged),
		httpapi.NewGauge("store_free_bytes", "What the data folder's disk has left.", s.FreeBytes),
		httpapi.NewGauge("store_full", "1 while writes are refused because too little is left.", full),
		httpapi.NewGauge("store_incomplete_ranges", "Ranges that the node owns and in which it cannot tell absence.", s.Incomplete),
	}
}

// writeMetrics are of what went to the data folder's disk.
func writeMetrics(s node.StoreStats) []httpapi.Metric {
	return []httpapi.Metric{
		httpapi.NewCounter("store_commits_total", "Writes that went to disk, of many updates or of one.", s.Commits),
		httpapi.NewCounter("store_written_bytes_total", "Bytes of what they held.", s.WrittenBytes),
	}
}

// hintsByName sums the hints by their target's name: two members may bear one for a while, and a sample that
// comes twice spoils all metrics. Every other member is there, with 0 too, so that a series does not end when
// the last hint is delivered.
func hintsByName(self ring.NodeID, v *node.View, hints []node.TargetHints) map[string]node.HintStats {
	out := map[string]node.HintStats{}
	for _, m := range v.Members {
		if m.ID != self {
			out[v.NameOf(m.ID)] = node.HintStats{}
		}
	}
	for _, h := range hints {
		sum := out[v.NameOf(h.Target)]
		out[v.NameOf(h.Target)] = node.HintStats{Count: sum.Count + h.Count, Bytes: sum.Bytes + h.Bytes}
	}
	return out
}

// peerMetrics are of the calls between nodes.
func peerMetrics(s peer.Stats) []httpapi.Metric {
	return []httpapi.Metric{
		httpapi.NewCounter("peer_calls_total", "Calls to other nodes.", s.Calls),
		{Name: "peer_calls_failed_total", Kind: httpapi.Counter, Help: "Calls that got no answer, by what is known of them.", Label: "outcome", Samples: []httpapi.Sample{
			{Of: "unsent", Value: float64(s.Unsent)}, {Of: "unknown", Value: float64(s.Unknown)}}},
		httpapi.NewGauge("peer_calls_in_flight", "Calls that wait for their answer.", s.CallsInFlight),
		httpapi.NewCounter("peer_requests_total", "Requests of other nodes that were handled.", s.Handled),
		httpapi.NewCounter("peer_requests_refused_total", "Requests refused, or replies lost, for want of slots or memory.", s.Overloaded),
		httpapi.NewCounter("peer_requests_malformed_total", "Requests that could not be decoded.", s.Malformed),
		{Name: "peer_bytes_total", Kind: httpapi.Counter, Help: "Bytes on connections between nodes.", Label: "direction", Samples: []httpapi.Sample{
			{Of: "in", Value: float64(s.BytesIn)}, {Of: "out", Value: float64(s.BytesOut)}}},
		{Name: "peer_connections", Kind: httpapi.Gauge, Help: "Open connections between nodes, by who dialled.", Label: "dialled_by", Samples: []httpapi.Sample{
			{Of: "self", Value: float64(s.ConnsOut)}, {Of: "other", Value: float64(s.ConnsIn)}}},
		httpapi.NewCounter("peer_connections_dropped_total", "Dialled connections that broke.", s.ConnsDropped),
		httpapi.NewCounter("peer_dials_failed_total", "Attempts to connect that failed.", s.DialsFailed),
		httpapi.NewCounter("peer_handshakes_refused_total", "Handshakes refused by either side, or broken off.", s.HandshakesRefused),
	}
}

// gossipMetrics are of what the nodes tell each other of themselves.
func gossipMetrics(s gossip.Stats) []httpapi.Metric {
	return []httpapi.Metric{
		httpapi.NewCounter("gossip_packets_dropped_total", "Packets that were not this cluster's, or not understood.", s.PacketsDropped+s.PacketsBad),
		httpapi.NewCounter("gossip_streams_dropped_total", "Streams that did not begin as this cluster's do, or were too many.", s.StreamsDropped),
		{Name: "gossip_turned_away_total", Kind: httpapi.Counter, Help: "Refusals to take a node in, by who refused.", Label: "refused_by", Samples: []httpapi.Sample{
			{Of: "self", Value: float64(s.TurnedAway)}, {Of: "other", Value: float64(s.TurnedAwayBy)}}},
		httpapi.NewCounter("gossip_states_merged_total", "States of the cluster that brought something new.", s.StatesMerged),
		httpapi.NewCounter("gossip_states_refused_total", "States that were malformed, or another cluster's.", s.StatesRefused),
		httpapi.NewGauge("gossip_health", "How late this node is with its own probes; 0 is best.", s.Health),
	}
}
