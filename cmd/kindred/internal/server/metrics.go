package server

import (
	"fmt"
	"io"
)

// writeMetrics appends what the parts below HTTP count, in the text format of Prometheus.
func (s *server) writeMetrics(w io.Writer) {
	n := s.backend.node.Load()
	if n == nil {
		return
	}
	counter := func(name, help string, value int64) {
		fmt.Fprintf(w, "# HELP kindred_%s %s\n# TYPE kindred_%s counter\nkindred_%s %d\n", name, help, name, name, value)
	}
	gauge := func(name, help string, value int64) {
		fmt.Fprintf(w, "# HELP kindred_%s %s\n# TYPE kindred_%s gauge\nkindred_%s %d\n", name, help, name, name, value)
	}
	c := n.Counters()
	counter("forwards_total", "Writes handed to another node.", c.Forwards.Load())
	counter("read_repairs_total", "Merges sent after a read.", c.Repairs.Load())
	counter("hints_kept_total", "Records kept for another node.", c.HintsKept.Load())
	counter("hints_delivered_total", "Merges that a hint's target confirmed.", c.HintsDelivered.Load())
	counter("overloaded_total", "Operations refused for want of room.", c.Overloaded.Load())
	counter("actors_retired_total", "Actors retired because a counter or record went back.", c.ActorsRetired.Load())
	counter("shared_dots_total", "Merges that found two versions under one dot.", c.SharedDots.Load())

	disk := s.store.Stats()
	gauge("keys", "Keys held.", disk.Keys)
	gauge("bytes", "Bytes of the values held.", disk.Bytes)
	counter("damaged_objects_total", "Objects that failed their checksum.", disk.Damaged)
	gauge("disk_free_bytes", "Free space of the data folder's disk.", disk.FreeBytes)
	var hints int64
	for _, h := range disk.Hints {
		hints += h.Count
	}
	gauge("hints", "Records kept for other nodes now.", hints)

	calls := s.transport.Stats()
	counter("peer_calls_total", "Calls to other nodes.", int64(calls.Calls))
	counter("peer_calls_failed_total", "Calls to other nodes that were not answered.", int64(calls.Unsent+calls.Unknown))
	counter("peer_bytes_in_total", "Bytes received from other nodes.", int64(calls.BytesIn))
	counter("peer_bytes_out_total", "Bytes sent to other nodes.", int64(calls.BytesOut))
	counter("peer_handshakes_refused_total", "Handshakes refused by either side, or broken off.", int64(calls.HandshakesRefused))

	seen := s.gossip.Stats()
	counter("gossip_packets_dropped_total", "Packets that were not this cluster's.", seen.PacketsDropped+seen.PacketsBad)
	counter("gossip_turned_away_total", "Nodes that were refused here.", seen.TurnedAway)
	gauge("gossip_health", "How late this node is with its own probes; 0 is best.", int64(seen.Health))
}
