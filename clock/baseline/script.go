package baseline

// Schema names the only schema that Parse reads.
const Schema = "dvv-vectors/1"

// Kind says what the cases of a file are.
type Kind string

// The kinds of file.
const (
	KindScript   Kind = "script"   // steps with what is to be seen after each
	KindClock    Kind = "clock"    // single operations on explicit clocks
	KindBaseline Kind = "baseline" // steps with the outcome under each mechanism
)

// File is one file of vectors. Scripts is filled for the kinds script and baseline, Clocks for clock.
type File struct {
	Kind    Kind
	Seed    *uint64
	Scripts []Script
	Clocks  []ClockCase
}

// Script is a sequence of operations on one key, held by the replicas that are named. All start empty.
type Script struct {
	Name     string             `json:"name"`
	Source   string             `json:"source"`
	Note     string             `json:"note"`
	Features []string           `json:"features"`
	Replicas []string           `json:"replicas"`
	Steps    []Step             `json:"steps"`
	Expected map[string]Outcome `json:"expected"` // by mechanism
}

// Op is the name of an operation.
type Op string

// The operations of a script. Of these, put, get, sync and converge may stand in scripts of kind baseline.
const (
	OpPut             Op = "put"
	OpDelete          Op = "delete"
	OpGet             Op = "get"
	OpSync            Op = "sync"     // To merges all that From holds
	OpSend            Op = "send"     // To merges a single version
	OpConverge        Op = "converge" // all replicas exchange until they are equal
	OpSnapshot        Op = "snapshot" // remember a replica's state
	OpRestore         Op = "restore"  // go back to it, or to nothing, under a new actor
	OpExpectHistory   Op = "expect_history"
	OpCompare         Op = "compare"
	OpCompareCtx      Op = "compare_ctx"
	OpCompareReplicas Op = "compare_replicas"
	OpCovers          Op = "covers"
)

// Step is one operation and what it is to give. Which fields are filled depends on Op; slices that a check
// needs are nil where the file has none, and empty where the file says empty.
type Step struct {
	Op       Op       `json:"op"`
	Replica  string   `json:"replica"`
	Replicas []string `json:"replicas"` // of a get that merges several
	Seen     Handles  `json:"ctx"`
	Value    string   `json:"value"`
	As       string   `json:"as"` // the handle that names what comes of this step

	Client string `json:"client"`
	Time   int64  `json:"ts"` // physical timestamp, in no particular unit

	From    string   `json:"from"` // empty for a restore to nothing
	To      string   `json:"to"`
	Version string   `json:"version"`
	Actor   string   `json:"actor"`
	Left    string   `json:"left"`
	Right   string   `json:"right"`
	Expect  Expected `json:"expect"`

	Event       string              `json:"event"`
	After       []string            `json:"after"`
	Knows       map[string]uint64   `json:"knows"`
	KnowsEvents []string            `json:"knows_events"`
	Tombstones  int                 `json:"tombstones"`
	Values      map[string][]string `json:"values"`
}
