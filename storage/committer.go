package storage

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// committer is the one goroutine that writes to the database. It owns the timestamps: the n-th commit has
// timestamp n.
type committer struct {
	db    *database
	opts  Options
	limit cost
	books *books
	over  *overlay
	snaps *snapshots
	// forest is nil inside while there are no trees. Whoever replaces it sees to it that nothing is under way.
	forest *atomic.Pointer[trees.Forest]

	number uint64 // of the database
	queue  chan *op
	kick   chan struct{} // interval mode: do not wait any longer
	quit   chan struct{}
	ended  chan struct{} // closed when the goroutine has ended
	carry  *op           // taken from the queue, and found too large for the batch
	meta   meta
	// failed is set, and then broken closed, when nothing can be written any more.
	failed   atomic.Pointer[error]
	broken   chan struct{}
	breaking sync.Once
	// turn counts the beginnings and the ends of commits: it is odd while one is under way.
	turn atomic.Uint64
	// stuck says that the goroutine may never come back.
	stuck atomic.Bool
	// written counts bytes since the free space was last looked at; crowded is called when they are many.
	written int64
	crowded func()
	// dead counts bytes in value logs that changes since the last turn-over left to nobody.
	dead    atomic.Int64
	commits atomic.Uint64 // for tests and figures: transactions
	bytes   atomic.Int64  // for figures: what they held
}

// run commits what comes, until quit is closed and the queue is empty.
func (c *committer) run() {
	defer close(c.ended)
	for {
		first := c.carry
		c.carry = nil
		if first == nil {
			select {
			case first = <-c.queue:
			case <-c.quit:
				select {
				case first = <-c.queue:
				default:
					c.noteDamages()
					return
				}
			}
		}
		c.commit(c.gather(first))
	}
}

// noteDamages brings to disk how many damages were met since the last commit.
func (c *committer) noteDamages() {
	if c.db.damages.count() > c.meta.damaged && c.failed.Load() == nil {
		c.commit([]*op{newOp(node.Range{}, []put{{key: []byte{prefixPadding}}})})
	}
}

// gather takes along what is waiting, as far as it fits into one transaction. In sync mode it waits for
// nobody: while the last sync was under way the next updates had time to come.
func (c *committer) gather(first *op) []*op {
	batch, room := []*op{first}, first.cost.plus(first.figuresCost())
	var until <-chan time.Time
	if c.opts.Interval > 0 && !first.soon {
		timer := time.NewTimer(c.opts.Interval)
		defer timer.Stop()
		until = timer.C
	}
	for yielded := false; ; {
		o, closing := c.next(until)
		if closing {
			until = nil
			continue
		}
		if o == nil && !yielded && until == nil {
			yielded = true
			runtime.Gosched() // lets those run who were just told of the last commit
			continue
		}
		if o == nil {
			return batch
		}
		next := room.plus(o.cost).plus(o.figuresCost())
		if !next.fits(c.limit) {
			c.carry = o
			return batch
		}
		batch, room = append(batch, o), next
		if o.soon {
			until = nil
		}
	}
}

// next takes an op from the queue; nil when there is none now, or, where until is set, none until then.
func (c *committer) next(until <-chan time.Time) (o *op, hurry bool) {
	if until == nil {
		select {
		case o = <-c.queue:
		default:
		}
		return o, false
	}
	select {
	case o = <-c.queue:
		return o, false
	case <-until:
		return nil, true
	case <-c.kick:
		return nil, true
	case <-c.quit:
		return nil, true
	}
}

// commit writes a batch, makes it visible and says so.
func (c *committer) commit(batch []*op) {
	err := c.write(batch)
	if errors.Is(err, badger.ErrTxnTooBig) && len(batch) > 1 {
		for _, o := range batch { // nothing was written; each on its own
			c.commit([]*op{o})
		}
		return
	}
	for _, o := range batch {
		if o.held != nil && err == nil {
			c.over.drop(o.held)
		}
		o.done <- err
	}
}

func (c *committer) write(batch []*op) error {
	if failed := c.failed.Load(); failed != nil {
		return *failed
	}
	if !slices.ContainsFunc(batch, func(o *op) bool { return len(o.puts) > 0 }) {
		return nil // who only waits for what came before
	}
	books, meta := c.books.after(batch), c.meta
	meta.commits++
	meta.damaged = c.db.damages.count()
	entries := append(books.puts(), put{metaKey, seal(metaKey, meta.encode())})
	forest, changes := c.forest.Load(), changesOf(batch)
	if len(changes) > 0 {
		for _, leaf := range forest.After(changes) {
			entries = append(entries, leafPut(leaf))
		}
	}
	c.turn.Add(1)
	err := c.opts.commit(func() error { return c.db.write(meta.commits, batch, entries) })
	c.turn.Add(1)
	if errors.Is(err, badger.ErrTxnTooBig) {
		return err
	}
	if err != nil {
		// What of it is on disk is not known, and a later commit would make it visible.
		return c.fail(fmt.Errorf("the database failed to write; look at its disk: %w", err))
	}
	if failed := c.failed.Load(); failed != nil {
		return *failed // it came too late: whoever waited was told that it failed
	}
	c.meta = meta
	c.books.take(books)
	if len(changes) > 0 {
		forest.Apply(changes)
	}
	c.snaps.publish(meta.commits)
	c.commits.Add(1)
	for _, o := range batch {
		c.written += o.cost.tree + o.cost.log
		c.bytes.Add(o.cost.tree + o.cost.log)
		c.dead.Add(o.dead)
	}
	if c.written > c.opts.FreeBytesMin/16 {
		c.written = 0
		c.crowded()
	}
	return nil
}

func changesOf(batch []*op) (changes []trees.Change) {
	for _, o := range batch {
		changes = append(changes, o.trees...)
	}
	return changes
}

// hurry asks for a commit now.
func (c *committer) hurry() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}
