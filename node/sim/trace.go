package sim

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
)

// Trace is every request that reached a process, in the order of arrival.
type Trace struct {
	mu      sync.Mutex
	entries []traced
}

// traced is one arrival.
type traced struct {
	at       int64 // nanoseconds
	from, to *Member
	body     string
	call     uint64
}

func (t *Trace) add(from, to *Member, body node.Message, call uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, traced{time.Now().UnixNano(), from, to, strings.TrimPrefix(fmt.Sprintf("%T", body), "*node."), call})
}

// Len counts the arrivals.
func (t *Trace) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.entries)
}

// Hash is one number for the whole trace: equal for equal runs.
func (t *Trace) Hash() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := uint64(0)
	for _, e := range t.entries {
		h = mix(h ^ mix(uint64(e.at)) ^ e.call)
	}
	return h
}

// String gives the last arrivals, one a line.
func (t *Trace) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	const last = 200
	var b strings.Builder
	entries := t.entries
	if len(entries) > last {
		fmt.Fprintf(&b, "… %d before\n", len(entries)-last)
		entries = entries[len(entries)-last:]
	}
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s→%s %s %08x\n", time.Unix(0, e.at).UTC().Format("15:04:05.000000"), e.from.Name, e.to.Name, e.body, e.call>>32)
	}
	return b.String()
}
