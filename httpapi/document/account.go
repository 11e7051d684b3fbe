package document

// Account is GET /kv/{bucket}/{key}?explain=true: everything that can be told of one key.
type Account struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	Partition int    `json:"partition"`
	N         int    `json:"n"`
	// Replicas are the nodes of the preference list in its order, each asked for itself.
	Replicas []Replica `json:"replicas"`
	// Hints are the copies that some nodes keep for others.
	Hints []Hint `json:"hints"`
	// LastRepair is null while there is no repair in the background.
	LastRepair *string `json:"last_repair"`
	// TombstoneAge is the age of the oldest tombstone that any replica holds, in seconds; null without one.
	TombstoneAge *float64 `json:"tombstone_age_seconds"`
}

// Replica is what one node holds of a key.
type Replica struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"` // primary or fallback
	// State is complete (it owns the key and knows all of its range), incomplete (it owns the key and has
	// forgotten, or never had, some of the range), stranger (it answers only for what it holds), or
	// unreachable.
	State string `json:"state"`
	// Cause says why the node is unreachable.
	Cause string `json:"cause,omitempty"`
	// Hash is over the whole state; equal hashes are equal states. Null where nothing is held.
	Hash *string `json:"hash"`
	// Versions are all that the node holds, tombstones included, ordered by id.
	Versions []HeldVersion `json:"versions"`
	// HintFor names the nodes that the copy is kept for.
	HintFor []NodeRef `json:"hint_for"`
}

// Hint says that one node keeps a copy for another.
type Hint struct {
	Keeper NodeRef `json:"keeper"`
	For    NodeRef `json:"for"`
}

// HeldVersion is one version as a replica holds it.
type HeldVersion struct {
	ID        string `json:"id"`
	Tombstone bool   `json:"tombstone"`
	// Clock is the version's whole clock, past and dot, as runs "actor(after,upto]".
	Clock string `json:"clock"`
	// Content names bytes, type, encoding and metadata together; "" for a tombstone.
	Content string `json:"content"`
	// Node is the name of the node that took the write, LastModified its wall time.
	Node         string `json:"node"`
	LastModified string `json:"last_modified"`
}
