package storage

import (
	"maps"
	"sync"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// pending is a record of interval mode that readers see and that is not yet on disk, with all contents of
// the change at hand.
type pending struct {
	key    node.Key
	record record
	delta  delta
	bytes  int64
}

// overlay holds what is pending, laid over the database. In sync mode it is empty.
type overlay struct {
	bytesMax int64

	mu      sync.Mutex
	room    *sync.Cond
	records map[node.Key]*pending
	bytes   int64
	waiting delta
	failed  error // nothing will ever be on disk again
}

func newOverlay(bytesMax int64) *overlay {
	v := &overlay{bytesMax: bytesMax, records: make(map[node.Key]*pending)}
	v.room = sync.NewCond(&v.mu)
	v.waiting.targets = make(map[ring.NodeID]figures)
	return v
}

// add waits for room and makes the record visible. hurry is called while there is none. The error is what fail
// was told.
func (v *overlay) add(p *pending, hurry func()) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.failed == nil && v.bytes > 0 && v.bytes+p.bytes > v.bytesMax {
		hurry()
		v.room.Wait()
	}
	if v.failed != nil {
		return v.failed
	}
	v.records[p.key] = p
	v.bytes += p.bytes
	v.move(p.delta, +1)
	return nil
}

// fail turns away who waits for room, and all who come later. What is pending stays visible.
func (v *overlay) fail(why error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed = why
	v.room.Broadcast()
}

// drop takes away a record that is on disk and visible there, unless a later one has taken its place.
func (v *overlay) drop(p *pending) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.records[p.key] == p {
		delete(v.records, p.key)
	}
	v.bytes -= p.bytes
	v.move(p.delta, -1)
	v.room.Broadcast()
}

func (v *overlay) move(d delta, sign int64) {
	v.waiting.figures = v.waiting.plus(figures{sign * d.count, sign * d.bytes})
	for t, f := range d.targets {
		keep(v.waiting.targets, t, v.waiting.targets[t].plus(figures{sign * f.count, sign * f.bytes}))
	}
}

// get gives what is pending of the key, or nil.
func (v *overlay) get(key node.Key) *pending {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.records[key]
}

// figures are what the pending changes move.
func (v *overlay) figures() delta {
	v.mu.Lock()
	defer v.mu.Unlock()
	return delta{v.waiting.figures, maps.Clone(v.waiting.targets)}
}
