package server

import (
	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
)

// repairMetrics are of anti-entropy; what reads mend and hints that are delivered stand under node_.
func repairMetrics(r node.RepairStatus) []httpapi.Metric {
	paused, off := 0, 0
	if r.Paused {
		paused = 1
	}
	if !r.AntiEntropy {
		off = 1
	}
	return []httpapi.Metric{
		{Name: "repair_exchanges_total", Kind: httpapi.Counter, Help: "Comparisons of two copies of a range that this node began, by how they ended.", Label: "end", Samples: []httpapi.Sample{
			{Of: "finished", Value: float64(r.Exchanges)}, {Of: "broken_off", Value: float64(r.Failed)}}},
		httpapi.NewCounter("repair_keys_found_total", "Keys that they found to differ.", r.KeysFound),
		httpapi.NewCounter("repair_moved_bytes_total", "Bytes of contents that were fetched or sent to mend these.", r.Bytes),
		{Name: "repair_compared_bytes_total", Kind: httpapi.Counter, Help: "Bytes of hashes and names that the comparing took, by their way.", Label: "way", Samples: []httpapi.Sample{
			{Of: "sent", Value: float64(r.Stats.Sent)}, {Of: "received", Value: float64(r.Stats.Received)}}},
		httpapi.NewCounter("repair_rounds_total", "Questions about a copy that another node answered.", r.Stats.Rounds),
		httpapi.NewCounter("repair_barren_spans_total", "Spans whose sums differed and none of whose keys did: writes under way, or a tree that does not fit its keys.", r.Stats.Barren),
		httpapi.NewGauge("repair_pairs", "Pairs of copies that this node has a part in and compares.", r.Pairs),
		httpapi.NewGauge("repair_pairs_due", "Those that have not met within the period, or since a round was asked for.", r.Due),
		httpapi.NewGauge("repair_pairs_away", "Those of the due whose other node cannot be reached.", r.Away),
		httpapi.NewGauge("repair_paused", "1 while an operator holds anti-entropy.", paused),
		httpapi.NewGauge("repair_off", "1 where the node's settings leave anti-entropy out.", off),
		httpapi.NewGauge("repair_budget_bytes_per_second", "What anti-entropy may move; 0 is no bound.", r.BytesPerSecond),
	}
}
