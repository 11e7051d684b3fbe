package memory

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/trees"
)

// Disk is what outlives a Store. All methods may be called concurrently, also while a store is open on it.
type Disk struct {
	mu    sync.Mutex
	inUse bool
	state state

	full     bool
	fault    error
	damaged  map[node.Key]bool // and whether that was met and counted
	damages  int64
	beforeOp func(Operation)
}

// state is the part of a disk that a copy of the folder carries along.
type state struct {
	records    map[node.Key]node.Record
	seen       map[seenKey]uint64
	knows      bool                // the default
	exceptions map[node.Range]bool // ranges of which the opposite holds
	actors     map[node.Range]actors.Entry
	unclean    bool
	forest     *trees.Forest // nil until the cluster's secret is known
}

type seenKey struct {
	r     node.Range
	actor clock.Actor
}

// Operation is a moment at which a test may step in.
type Operation uint8

// The moments of an update, in their order. At BeforeSync nothing is on disk; at AfterSync all is, and
// nobody has been told.
const (
	BeforeSync Operation = iota + 1
	AfterSync
)

// NewDisk is an empty disk.
func NewDisk() *Disk {
	return &Disk{damaged: make(map[node.Key]bool), state: state{
		records:    make(map[node.Key]node.Record),
		seen:       make(map[seenKey]uint64),
		exceptions: make(map[node.Range]bool),
		actors:     make(map[node.Range]actors.Entry),
	}}
}

// Clone copies what is on the disk at this moment: an old copy to be restored later, or a copied folder.
// What a store has not yet synced is not in it.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDisk()
	c.state = state{
		maps.Clone(d.state.records), maps.Clone(d.state.seen), d.state.knows,
		maps.Clone(d.state.exceptions), maps.Clone(d.state.actors), d.state.unclean, nil,
	}
	if d.state.forest != nil {
		c.state.forest = d.state.forest.Clone()
	}
	c.damaged = maps.Clone(d.damaged)
	return c
}

// SetFull makes every later write fail with node.ErrDiskFull, until it is called with false.
func (d *Disk) SetFull(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// SetFault makes every later read and write fail with err, until it is called with nil.
func (d *Disk) SetFault(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = err
}

// Damage spoils the stored object of the key: it then answers node.ErrDamaged. It says whether there was
// one on the disk.
func (d *Disk) Damage(key node.Key) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, found := d.state.records[key]
	if found {
		d.damaged[key] = false
	}
	return found
}

// OnOperation calls f, without any lock of the disk held, at the moments of each update; nil ends it.
func (d *Disk) OnOperation(f func(Operation)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beforeOp = f
}

func (d *Disk) operation(op Operation) {
	d.mu.Lock()
	f := d.beforeOp
	d.mu.Unlock()
	if f != nil {
		f(op)
	}
}

// reserve keeps entries of actors.
func (d *Disk) reserve(entries []actors.Entry) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refusal(); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Actor == 0 {
			delete(d.state.actors, e.Range)
		} else {
			d.state.actors[e.Range] = e
		}
	}
	return nil
}

// refusal says why nothing can be written now. The caller holds the lock.
func (d *Disk) refusal() error {
	if d.fault != nil {
		return d.fault
	}
	if d.full {
		return node.ErrDiskFull
	}
	return nil
}

// apply writes records to the disk. The caller holds the lock.
func (d *Disk) apply(writes []write) {
	for _, w := range writes {
		if f := d.state.forest; f != nil {
			f.Apply([]trees.Change{f.Change(w.key, d.state.records[w.key].Versions, w.record.Versions)})
		}
		if w.remove() {
			delete(d.state.records, w.key)
		} else {
			d.state.records[w.key] = w.record
		}
		delete(d.damaged, w.key)
		d.raise(w)
	}
}

// raise notes the highest number of every actor that the record names; it outlives the record.
func (d *Disk) raise(w write) {
	for _, v := range w.record.Versions {
		v.Clock().Each(func(a clock.Actor, r clock.Run) bool {
			k := seenKey{w.inRange, a}
			d.state.seen[k] = max(d.state.seen[k], r.Upto)
			return true
		})
	}
}

// entries lists the kept actors, ordered by range.
func (d *Disk) entries() []actors.Entry {
	out := slices.Collect(maps.Values(d.state.actors))
	slices.SortFunc(out, func(a, b actors.Entry) int { return actors.CompareRanges(a.Range, b.Range) })
	return out
}

// write is one record on its way to the disk.
type write struct {
	key     node.Key
	inRange node.Range
	record  node.Record
	at      time.Time
}

// remove says whether nothing is left to be kept.
func (w write) remove() bool { return w.record.IsEmpty() && len(w.record.Targets) == 0 }
