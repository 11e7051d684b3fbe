package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Kind is what a client asked for.
type Kind uint8

// The operations of a client.
const (
	Read Kind = iota
	Write
	Delete
)

// String gives the kind's name in lower case.
func (k Kind) String() string { return [...]string{"read", "write", "delete"}[k] }

// Outcome is what a client knows of its operation's effect.
type Outcome uint8

// An operation is open; or it was acknowledged; or it certainly did not happen; or nobody can tell, and it
// may yet happen.
const (
	Open Outcome = iota
	OK
	Fail
	Info
)

// String gives the outcome's name in lower case, as Jepsen calls it.
func (o Outcome) String() string { return [...]string{"open", "ok", "fail", "info"}[o] }

// Token is a context that a client was given. The client cannot look inside: Shown is all that it knows of
// what lies behind it. The clock is there for the checkers that say so.
type Token struct {
	Clock clock.Clock
	// Shown are the values that came with the token, or with the token that it continues, in order.
	Shown []string
	// Given is when the client got it, counted from the start of the run.
	Given time.Duration
}

// knows says whether the token's owner was shown the value.
func (t *Token) knows(value string) bool {
	if t == nil {
		return false
	}
	_, found := slices.BinarySearch(t.Shown, value)
	return found
}

// Op is one operation of one client.
type Op struct {
	Index  int
	Client int
	Kind   Kind
	Key    string
	Node   string // the member that the client asked
	// Value is what a write writes. No two writes of a run have the same, but a retry.
	Value string
	Sent  *Token // the context that was sent, nil for none
	// Began and Ended count from the start of the run.
	Began, Ended time.Duration
	Outcome      Outcome
	Values       []string // what the client was shown, in order
	Got          *Token   // the context that came back
	Covers       bool     // of a read with a context: the answer covers it
	Acks         node.Acks
	R            int           // of a read: how many answers were wanted
	Hinted       []ring.NodeID // the members for which a hint was kept
	Code         node.Code     // of the error, "" for none
	Detail       string
}

// String gives the operation in one line.
func (o *Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d %s–%s client %d at %s: %s %s", o.Index, o.Began.Round(time.Microsecond), o.Ended.Round(time.Microsecond), o.Client, o.Node, o.Kind, o.Key)
	if o.Kind == Write {
		fmt.Fprintf(&b, "=%s", o.Value)
	}
	if o.Sent != nil {
		fmt.Fprintf(&b, " after %v", o.Sent.Shown)
	}
	fmt.Fprintf(&b, ": %s", o.Outcome)
	if o.Code != "" {
		fmt.Fprintf(&b, " %s", o.Code)
	}
	if o.Outcome == OK && o.Kind == Read {
		fmt.Fprintf(&b, " %v", o.Values)
	}
	return b.String()
}

// sawUntold says whether the operation may have overwritten what its client was never shown: a deletion
// without a context deletes what its coordinator reads.
func (o *Op) sawUntold() bool { return o.Kind == Delete && o.Sent == nil && o.Outcome != Fail }

// History is every operation of a run, in the order in which they began. All methods may be called
// concurrently.
type History struct {
	began time.Time
	mu    sync.Mutex
	ops   []*Op
}

func newHistory() *History { return &History{began: time.Now()} }

// Now is the time since the start of the run.
func (h *History) Now() time.Duration { return time.Since(h.began) }

// Ops are the operations so far. They belong to the history and must not be changed.
func (h *History) Ops() []*Op {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.ops)
}

func (h *History) begin(o Op) *Op {
	h.mu.Lock()
	defer h.mu.Unlock()
	o.Index, o.Began = len(h.ops), h.Now()
	h.ops = append(h.ops, &o)
	return &o
}

func (h *History) end(o *Op, finish func(*Op)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o.Ended = h.Now()
	finish(o)
}

// String gives the operations, one a line.
func (h *History) String() string {
	var b strings.Builder
	for _, o := range h.Ops() {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}
