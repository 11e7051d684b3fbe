package baseline

// Mechanism is a way of telling which writes overwrite which.
type Mechanism struct {
	// Name is the one that files of vectors use.
	Name string
	// About says in a few words what it does.
	About string
	// Empty is the state of a replica that holds nothing.
	Empty State
}

// State is what one replica holds of the key. It is immutable: Put and Merge give a new one. A state and a
// Seen are only ever given to the mechanism that they come from.
type State interface {
	// Put is the state after the replica coordinated the write.
	Put(Write) State
	// Merge is the state after all that from holds has arrived. The receiver's copy stands where both are
	// the same to the mechanism.
	Merge(from State) State
	// Read gives the values that stand, in no order, and the context for later writes.
	Read() ([]string, Seen)
	// Entries counts the metadata that is stored: entries of clocks and vectors, or events of histories.
	Entries() int
}

// Seen is the context that a read returned: what it is, each mechanism knows for itself.
type Seen any

// Write is a put as its coordinator gets it.
type Write struct {
	Value string
	Seen  []Seen // the contexts of all reads that the client bases the write on
	// Replica coordinates the write, which is its Event-th one.
	Replica string
	Event   uint64
	// Client makes the write, which is its ClientEvent-th one, at a time on its own wall clock.
	Client      string
	ClientEvent uint64
	Time        int64
}

// Truth is the name of the mechanism that all are measured by.
const Truth = "causal_histories"

// Mechanisms lists all mechanisms, the truth first.
func Mechanisms() []Mechanism {
	return []Mechanism{
		{Truth, "explicit sets of events: the truth", histories{}},
		{"lww", "the highest wall clock wins", lww{}},
		{"lamport", "the highest Lamport number wins", lamport{}},
		{"vv_server", "a version vector per version, by server", vectors{stamp: stampServer}},
		{"vv_server_merge", "one version vector for all siblings, by server", merged{}},
		{"vv_client", "a version vector per version, by client", vectors{stamp: stampClient}},
		{"vv_client_stateless", "the same, counted by the server", vectors{stamp: stampClientStateless}},
		{"dvv", "dotted version vectors: Kindred", dotted{}},
		{"dvvset", "a dotted version vector set", dottedSet{}},
	}
}
