package document

// Repair is GET /admin/repair, and the answer to a change of it: how the ways of repair stand on one node.
// Counts are since the node's start.
type Repair struct {
	// AntiEntropy, ReadRepair and Handoff say which ways this node goes by itself: its settings.
	AntiEntropy bool `json:"anti_entropy"`
	ReadRepair  bool `json:"read_repair"`
	Handoff     bool `json:"handoff"`
	// Paused says that an operator holds anti-entropy.
	Paused bool `json:"paused"`
	// Pairs counts the pairs of copies that this node has a part in and compares; Due those of them that have
	// not met within the period, or since a round was asked for; Away those of the due whose other node
	// cannot be reached.
	Pairs int `json:"pairs"`
	Due   int `json:"due"`
	Away  int `json:"away"`
	// Incomplete counts the ranges that the node owns and does not fully know.
	Incomplete int `json:"incomplete"`
	// PeriodSeconds is the time within which every pair meets, BytesPerSecond the budget; 0: no bound.
	PeriodSeconds  float64 `json:"period_seconds"`
	BytesPerSecond int64   `json:"bytes_per_second"`
	// Exchanges were finished, Failed broken off; KeysFound counts the keys that they found to differ, Bytes
	// the contents that were fetched or sent for these.
	Exchanges int64 `json:"exchanges"`
	Failed    int64 `json:"failed"`
	KeysFound int64 `json:"keys_found"`
	Bytes     int64 `json:"bytes"`
	// Stats are what the comparing cost.
	Stats RepairStats `json:"stats"`
	// ReadRepairs counts the merges that this node's reads sent to replicas that were behind.
	ReadRepairs int64 `json:"read_repairs"`
	// Hints counts the records that this node keeps for others now, HintBytes their size; HintsKept those
	// that it ever took, HintsDelivered those that their target confirmed.
	Hints          int64 `json:"hints"`
	HintBytes      int64 `json:"hint_bytes"`
	HintsKept      int64 `json:"hints_kept"`
	HintsDelivered int64 `json:"hints_delivered"`
}

// RepairStats are the costs of comparing trees.
type RepairStats struct {
	// Rounds counts questions that another node answered, Sent and Received their bytes.
	Rounds   int64 `json:"rounds"`
	Sent     int64 `json:"sent"`
	Received int64 `json:"received"`
	// Spans counts the pairs of sums that were compared, Keys the keys that were listed on both sides.
	Spans int64 `json:"spans"`
	Keys  int64 `json:"keys"`
	// Barren counts spans whose sums differed and none of whose keys did: writes under way, or, on copies at
	// rest, a tree that does not fit its keys.
	Barren int64 `json:"barren"`
}

// RepairChange is the body of POST /admin/repair: what is left out stays as it is.
type RepairChange struct {
	// Run, where true, asks for a whole round.
	Run    bool  `json:"run,omitempty"`
	Paused *bool `json:"paused,omitempty"`
	// BytesPerSecond is the new budget; 0: no bound.
	BytesPerSecond *int64 `json:"bytes_per_second,omitempty"`
}

// ClusterRepair sums up anti-entropy over those nodes that told of it.
type ClusterRepair struct {
	// Nodes counts them, Paused those that an operator holds, Off those that begin no exchanges.
	Nodes  int `json:"nodes"`
	Paused int `json:"paused"`
	Off    int `json:"off"`
	// Pairs of copies are counted once by each of their two nodes; so are Due and Away.
	Pairs      int `json:"pairs"`
	Due        int `json:"due"`
	Away       int `json:"away"`
	Incomplete int `json:"incomplete"`
}
