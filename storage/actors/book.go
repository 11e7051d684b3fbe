package actors

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// DefaultBlock is how many numbers are reserved on disk at a time.
const DefaultBlock = 1000

// Entry is what is kept on disk of one range: its actor, and the number up to which it may issue. Actor 0
// says that the range has none.
type Entry struct {
	Range node.Range
	Actor clock.Actor
	Bound uint64
}

// Log keeps entries; the last one of a range counts.
type Log interface {
	// Append returns when the entries are on disk. It may be called concurrently.
	Append(entries ...Entry) error
}

// Highest is the highest number of the actor that the folder's own data holds in the range.
type Highest func(r node.Range, actor clock.Actor) (uint64, error)

// Book holds the actors of all ranges. All methods may be called concurrently.
type Book struct {
	log   Log
	draw  func() uint64
	block uint64

	mu     sync.Mutex
	ranges map[node.Range]*holder
}

// holder is one range. Its own lock is held while the log writes, so that other ranges go on.
type holder struct {
	mu    sync.Mutex
	actor clock.Actor // 0: none
	// issued is the last number given out, or found in the data at start; spent the last one that may not
	// be given out again; bound the last one reserved.
	issued, spent, bound uint64
	confirmed            bool
}

// Open makes a book of what an earlier run left in the log. Its actors are claims. One whose data holds
// numbers above its bound (the log was damaged, or is older than the data) is dropped: dropped lists them.
// draw gives random numbers; block is how many numbers to reserve at a time, 0 means DefaultBlock.
func Open(log Log, entries []Entry, highest Highest, draw func() uint64, block uint64) (b *Book, dropped []Entry, err error) {
	if block == 0 {
		block = DefaultBlock
	}
	b = &Book{log: log, draw: draw, block: block, ranges: make(map[node.Range]*holder)}
	for _, e := range entries {
		if e.Actor == 0 {
			delete(b.ranges, e.Range)
			continue
		}
		b.ranges[e.Range] = &holder{actor: e.Actor, spent: e.Bound, bound: e.Bound}
	}
	for r, h := range b.ranges {
		if h.issued, err = highest(r, h.actor); err != nil {
			return nil, nil, fmt.Errorf("the last number of actor %s: %w", h.actor, err)
		}
		if h.issued > h.bound {
			dropped = append(dropped, Entry{r, h.actor, h.bound})
		}
	}
	for _, e := range dropped {
		if err := log.Append(Entry{Range: e.Range}); err != nil {
			return nil, nil, err
		}
		delete(b.ranges, e.Range)
	}
	return b, dropped, nil
}

// Own is the range's actor and the last number that it issued; the zero Dot where the range has none. A
// claim that awaits confirmation is given too, with the last number in the data: what came from outside can
// refute it, and a record born now must not be claimed by it later.
func (b *Book) Own(r node.Range) clock.Dot {
	h := b.find(r)
	if h == nil {
		return clock.Dot{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return clock.Dot{Actor: h.actor, Counter: h.issued}
}

// Issue gives the range's next number, which was never given out before. It draws a fresh actor where the
// range has none, or one that nobody confirmed. The error is the log's.
func (b *Book) Issue(r node.Range) (clock.Dot, error) {
	h := b.hold(r)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.actor == 0 || !h.confirmed {
		fresh := clock.Actor(b.draw())
		for fresh == 0 {
			fresh = clock.Actor(b.draw())
		}
		if err := b.log.Append(Entry{r, fresh, b.block}); err != nil {
			return clock.Dot{}, fmt.Errorf("keep a fresh actor: %w", err)
		}
		h.actor, h.confirmed = fresh, true
		h.issued, h.spent, h.bound = 0, 0, b.block
	}
	if h.spent == h.bound {
		if err := b.log.Append(Entry{r, h.actor, h.bound + b.block}); err != nil {
			return clock.Dot{}, fmt.Errorf("reserve numbers of actor %s: %w", h.actor, err)
		}
		h.bound += b.block
	}
	h.spent++
	h.issued = h.spent
	return clock.Dot{Actor: h.actor, Counter: h.issued}, nil
}

// Retire ends the use of the actor in the range, for ever, if it still is the range's. It returns when that
// is on disk.
func (b *Book) Retire(r node.Range, actor clock.Actor) error {
	h := b.find(r)
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.actor == 0 || h.actor != actor {
		return nil
	}
	if err := b.log.Append(Entry{Range: r}); err != nil {
		return fmt.Errorf("retire actor %s: %w", h.actor, err)
	}
	h.actor, h.confirmed = 0, false
	h.issued, h.spent, h.bound = 0, 0, 0
	return nil
}

// Claims lists the actors that await confirmation, ordered by range.
func (b *Book) Claims() []node.ActorClaim {
	var out []node.ActorClaim
	for _, r := range b.all() {
		h := b.find(r)
		h.mu.Lock()
		if h.actor != 0 && !h.confirmed {
			out = append(out, node.ActorClaim{Range: r, Actor: h.actor, Last: h.issued})
		}
		h.mu.Unlock()
	}
	return out
}

// Confirm lets claimed actors issue again, from above the reserved bound. A claim that a fresh actor has
// replaced is passed over; one whose last number the data has meanwhile outgrown is refuted, and retired.
func (b *Book) Confirm(claims []node.ActorClaim, highest Highest) error {
	for _, c := range claims {
		last, err := highest(c.Range, c.Actor)
		if err != nil {
			return fmt.Errorf("the last number of actor %s: %w", c.Actor, err)
		}
		h := b.find(c.Range)
		if h == nil {
			continue
		}
		h.mu.Lock()
		mine := h.actor == c.Actor && !h.confirmed
		refuted := mine && (last > h.issued || c.Last > h.issued)
		h.confirmed = h.confirmed || mine && !refuted
		h.mu.Unlock()
		if refuted {
			if err := b.Retire(c.Range, c.Actor); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Book) find(r node.Range) *holder {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ranges[r]
}

func (b *Book) hold(r node.Range) *holder {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.ranges[r]
	if h == nil {
		h = &holder{}
		b.ranges[r] = h
	}
	return h
}

func (b *Book) all() []node.Range {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]node.Range, 0, len(b.ranges))
	for r := range b.ranges {
		out = append(out, r)
	}
	slices.SortFunc(out, CompareRanges)
	return out
}

// CompareRanges orders ranges by n, then by partition.
func CompareRanges(a, b node.Range) int {
	return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Partition, b.Partition))
}
