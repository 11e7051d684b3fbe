package node

import (
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Options are what a client may ask of one operation. The zero value of a Level is the number 0; use
// DefaultOptions for the bucket's settings.
type Options struct {
	R, W, PR, PW, DW Level
	// NoSloppy forbids fallbacks.
	NoSloppy bool
	// Timeout bounds the operation, 1 ms to 60 s; 0 means 5 s.
	Timeout time.Duration
}

// DefaultOptions leave everything to the bucket.
func DefaultOptions() Options {
	return Options{R: LevelUnset, W: LevelUnset, PR: LevelUnset, PW: LevelUnset, DW: LevelUnset}
}

// GetRequest asks for a key's versions.
type GetRequest struct {
	Bucket, Key string
	// AtLeast is what the client has seen: the answer should cover it. HasAtLeast tells an empty one from
	// none.
	AtLeast    clock.Clock
	HasAtLeast bool
	Options    Options
}

// PutRequest writes one version: a value, or a tombstone.
type PutRequest struct {
	Bucket, Key string
	// Seen is what the client had seen of the key; HasSeen tells an empty context from none.
	Seen    clock.Clock
	HasSeen bool
	// Content is nil for a deletion.
	Content *Content
	// IfAbsent demands that no value stands. IfMatch, when not nil, demands that the set of visible
	// versions has this ETag; the context of that state is joined to Seen.
	IfAbsent bool
	IfMatch  *ETag
	// ReturnObject asks for the object as it stands after the write.
	ReturnObject bool
	Options      Options
}

// Conditional says whether the request carries a condition.
func (r PutRequest) Conditional() bool { return r.IfAbsent || r.IfMatch != nil }

// Answer is the outcome of a get, put or delete that succeeded.
type Answer struct {
	// Object holds what a get read, tombstones included, every visible content at hand; after a write it
	// is filled only where the request asked for it.
	Object Object
	// Seen is what the client has now seen.
	Seen clock.Clock
	// Siblings counts the values that now stand, twins once.
	Siblings int
	// Acks says what the answer rests on.
	Acks Acks
	// Coordinator is the node that did the work.
	Coordinator ring.NodeID
	// Covers says whether a get's answer covers what was asked to be covered at least.
	Covers bool
	// Hinted lists the nodes that a hint was kept for.
	Hinted []ring.NodeID
}

// Acks counts who had really answered: different nodes at different places of the preference list.
type Acks struct {
	N        int // replicas wanted of the key
	Total    int
	Primary  int
	Fallback int
	Durable  int // acks of a write that rest on disk
}
