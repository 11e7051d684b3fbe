package sim

import (
	"sync"
	"time"
)

// instants gives every event of a run a moment of its own.
//
// A moment is a multiple of instantGrain plus a slot that belongs to one directed link and one kind of event.
// So two events that are set off at one moment never ask for the same one, unless they are of one kind on
// one link; then the second takes the next grain.
type instants struct {
	mu    sync.Mutex
	taken map[int64]bool
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

// parties bounds the numbers of members and clients together.
const (
	parties      = 32
	instantGrain = int64(kinds) * parties * parties // nanoseconds
)

// claim gives the first free instant of the slot that is not before the wanted one, and after now.
func (i *instants) claim(after time.Duration, from, to int, k kind) time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now().UnixNano()
	slot := (int64(k)*parties+int64(from%parties))*parties + int64(to%parties)
	at := now + int64(after)
	at += slot - at%instantGrain
	for at <= now || i.taken[at] {
		at += instantGrain
	}
	if i.taken == nil {
		i.taken = map[int64]bool{}
	}
	i.taken[at] = true
	return time.Unix(0, at)
}

// await claims an instant and sleeps until then.
func (i *instants) await(after time.Duration, from, to int, k kind) {
	time.Sleep(time.Until(i.claim(after, from, to, k)))
}
