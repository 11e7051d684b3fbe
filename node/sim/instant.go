package sim

import (
	"sync"
	"time"
)

// instants gives every event of a run a moment of its own.
//
// A moment is a multiple of instantGrain plus a slot that belongs to one directed link and one kind of event.
// So two events that are set off at one moment never ask for the same one, unless they are of one kind on
// one link. Then the one with the lower key gets it and the other moves on by a grain: whichever goroutine
// comes first, the outcome is the same. Equal keys share a moment: they are the same event twice, and cannot be
// told apart. That is ordered hashing (Amble and Knuth, "Ordered hash tables",
// 1974) with time for a table.
type instants struct {
	mu    sync.Mutex
	taken map[int64]*reservation
}

// reservation is one event that is to come. It moves when one with a lower key wants its moment.
type reservation struct {
	key    uint64
	at     int64 // nanoseconds since 1970
	shared int   // how many wait for it
}

// kind is what happens at an instant.
type kind int64

const (
	requestArrives kind = iota
	duplicateArrives
	replyArrives
	callEnds // without a reply
	gateOpens
	syncEnds
	clientArrives
	clientLeaves
	faultStrikes
	kinds
)

// parties bounds the numbers of members, their clones and clients together.
const (
	parties      = 64
	instantGrain = int64(kinds) * parties * parties // nanoseconds
)

// await sleeps until the event's moment: the first of its slot that is free, after now, and not long before
// the wanted time has passed.
func (i *instants) await(after time.Duration, from, to int, k kind, key uint64) {
	r := i.reserve(after, (int64(k)*parties+int64(from%parties))*parties+int64(to%parties), key)
	for !i.reached(r) {
		i.mu.Lock()
		at := r.at
		i.mu.Unlock()
		time.Sleep(time.Until(time.Unix(0, at)))
	}
}

func (i *instants) reserve(after time.Duration, slot int64, key uint64) *reservation {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken == nil {
		i.taken = map[int64]*reservation{}
	}
	now := time.Now().UnixNano()
	at := now + int64(after)
	at += slot - at%instantGrain
	for at <= now {
		at += instantGrain
	}
	mine := &reservation{key: key, shared: 1}
	for next := mine; ; at += instantGrain {
		held := i.taken[at]
		if held != nil && held.key == key && next == mine {
			held.shared++
			return held
		}
		if held != nil && held.key <= next.key {
			continue
		}
		i.taken[at], next.at = next, at
		if held == nil {
			return mine
		}
		next = held
	}
}

// reached says whether the reservation's moment is now; who waited for it goes on then.
func (i *instants) reached(r *reservation) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.at > time.Now().UnixNano() {
		return false
	}
	if r.shared--; r.shared == 0 {
		delete(i.taken, r.at)
	}
	return true
}
