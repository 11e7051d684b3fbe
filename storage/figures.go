package storage

import (
	"encoding/binary"
	"fmt"
	"maps"
	"sync"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// figures counts the records of a range that hold a version, and the bytes of their contents; or the records
// that a target is still to have, and their bytes.
type figures struct {
	count, bytes int64
}

func (f figures) plus(g figures) figures { return figures{f.count + g.count, f.bytes + g.bytes} }

// delta is how one change moves the figures of its range, and of targets.
type delta struct {
	figures
	targets map[ring.NodeID]figures
}

// deltaOf compares a record before and after a change.
func deltaOf(before, after record) delta {
	d := delta{figures: figures{bytes: after.size() - before.size()}}
	if len(before.versions) > 0 {
		d.count--
	}
	if len(after.versions) > 0 {
		d.count++
	}
	if len(before.targets)+len(after.targets) > 0 {
		d.targets = make(map[ring.NodeID]figures)
	}
	for _, t := range before.targets {
		d.targets[t] = d.targets[t].plus(figures{-1, -before.size()})
	}
	for _, t := range after.targets {
		d.targets[t] = d.targets[t].plus(figures{1, after.size()})
	}
	return d
}

type seenAt struct {
	r     node.Range
	actor clock.Actor
}

// books are the figures and the highest numbers as they are on disk. They are written in the transaction of
// the change that moves them, so that they agree with it after any crash. The highest numbers are all kept
// in memory: one for each actor that ever wrote in a range that this node holds.
type books struct {
	mu      sync.RWMutex
	ranges  map[node.Range]figures
	targets map[ring.NodeID]figures
	seen    map[seenAt]uint64
}

func newBooks() *books {
	return &books{
		ranges: make(map[node.Range]figures), targets: make(map[ring.NodeID]figures), seen: make(map[seenAt]uint64),
	}
}

// next are the entries of the books that a batch changes, with their new values.
type next struct {
	ranges  map[node.Range]figures
	targets map[ring.NodeID]figures
	seen    map[seenAt]uint64
}

// after computes what the books say after the batch. Only the committer changes books, and only it may call
// this.
func (b *books) after(batch []*op) next {
	n := next{make(map[node.Range]figures), make(map[ring.NodeID]figures), make(map[seenAt]uint64)}
	for _, o := range batch {
		if o.delta.figures != (figures{}) {
			n.ranges[o.inRange] = from(n.ranges, b.ranges, o.inRange).plus(o.delta.figures)
		}
		for t, d := range o.delta.targets {
			if d != (figures{}) {
				n.targets[t] = from(n.targets, b.targets, t).plus(d)
			}
		}
		for _, dot := range o.seen {
			at := seenAt{o.inRange, dot.Actor}
			if dot.Counter > max(n.seen[at], b.seen[at]) {
				n.seen[at] = dot.Counter
			}
		}
	}
	return n
}

func from[K comparable](first, then map[K]figures, k K) figures {
	if f, found := first[k]; found {
		return f
	}
	return then[k]
}

// puts are the database entries of the changed figures.
func (n next) puts() []put {
	var out []put
	for r, f := range n.ranges {
		out = append(out, figuresPut(rangeKey(r), f))
	}
	for t, f := range n.targets {
		out = append(out, figuresPut(targetKey(t), f))
	}
	for at, upto := range n.seen {
		key := seenKey(at.r, at.actor)
		out = append(out, put{key, seal(key, binary.BigEndian.AppendUint64(nil, upto))})
	}
	return out
}

func figuresPut(key []byte, f figures) put {
	if f == (figures{}) {
		return put{key: key}
	}
	payload := binary.BigEndian.AppendUint64(nil, uint64(f.count))
	return put{key, seal(key, binary.BigEndian.AppendUint64(payload, uint64(f.bytes)))}
}

// take puts the changed figures into the books, when they are on disk.
func (b *books) take(n next) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for r, f := range n.ranges {
		keep(b.ranges, r, f)
	}
	for t, f := range n.targets {
		keep(b.targets, t, f)
	}
	maps.Copy(b.seen, n.seen)
}

func keep[K comparable](m map[K]figures, k K, f figures) {
	if f == (figures{}) {
		delete(m, k)
	} else {
		m[k] = f
	}
}

// load takes one entry of the database into the books, at the start.
func (b *books) load(key, payload []byte) error {
	in := reader{rest: key[1:]}
	switch key[0] {
	case prefixSeen:
		r := node.Range{N: int(in.byte()), Partition: int(uint32At(in.take(4)))}
		actor, value := clock.Actor(in.uint64()), reader{rest: payload}
		b.seen[seenAt{r, actor}] = value.uint64()
		in.failed = in.failed || value.failed
	case prefixRange:
		r := node.Range{N: int(in.byte()), Partition: int(uint32At(in.take(4)))}
		b.ranges[r] = readFigures(payload, &in)
	case prefixTarget:
		b.targets[ring.NodeID(in.uint64())] = readFigures(payload, &in)
	}
	if in.failed || len(in.rest) > 0 {
		return fmt.Errorf("%w: %x is no figure", node.ErrDamaged, key)
	}
	return nil
}

func readFigures(payload []byte, faults *reader) figures {
	in := reader{rest: payload}
	f := figures{int64(in.uint64()), int64(in.uint64())}
	faults.failed = faults.failed || in.failed || len(in.rest) > 0
	return f
}

func uint32At(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// highest is the highest number ever held of the actor in the range.
func (b *books) highest(r node.Range, actor clock.Actor) uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.seen[seenAt{r, actor}]
}

// stats sums up the figures, with those of changes that are not yet on disk.
func (b *books) stats(waiting delta) node.StoreStats {
	b.mu.RLock()
	defer b.mu.RUnlock()
	total := waiting.figures
	for _, f := range b.ranges {
		total = total.plus(f)
	}
	out := node.StoreStats{Keys: total.count, Bytes: total.bytes, Hints: make(map[ring.NodeID]node.HintStats)}
	targets := maps.Clone(b.targets)
	for t, f := range waiting.targets {
		keep(targets, t, targets[t].plus(f))
	}
	for t, f := range targets {
		out.Hints[t] = node.HintStats{Count: f.count, Bytes: f.bytes}
	}
	return out
}
