package storage

import (
	"github.com/dgraph-io/badger/v4/skl"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// op is one atomic change on its way to the disk. It is never split over transactions.
type op struct {
	puts []put
	cost cost
	// inRange, delta, seen and trees say what changes in the figures that the committer keeps.
	inRange node.Range
	delta   delta
	seen    []clock.Dot // the highest events of actors that the change names
	// trees is what changes in the trees of the store.
	trees []trees.Change
	// dead is how many bytes of value logs the change leaves to nobody.
	dead int64
	// soon asks the committer in interval mode not to wait.
	soon bool
	// held is what readers see of it in interval mode until it is on disk.
	held *pending
	// done receives the outcome, once.
	done chan error
}

// put is one entry of the database; a nil value deletes the key.
type put struct {
	key, value []byte
}

// cost is what a change takes of a transaction's room: bytes in the tree, bytes in the value log, entries.
type cost struct {
	tree, log int64
	entries   int64
}

// putCost is never below Badger's own estimate.
func putCost(p put) cost {
	c := cost{tree: int64(len(p.key)) + 48, entries: 1}
	if len(p.value) < valueThreshold {
		c.tree += int64(len(p.value))
	} else {
		c.log = int64(len(p.key) + len(p.value) + 64)
	}
	return c
}

func (c cost) plus(d cost) cost {
	return cost{c.tree + d.tree, c.log + d.log, c.entries + d.entries}
}

func (c cost) fits(limit cost) bool {
	return c.tree <= limit.tree && c.log <= limit.log && c.entries <= limit.entries
}

// limits are what a transaction, and a piece of a change that is laid down before it, may take.
type limits struct {
	transaction, piece cost
	recordBytes        int
}

// limitsOf keeps below what Badger allows: a transaction of 15 % of the memtable, and as many entries as
// that holds nodes of its skip list. A value log file is mapped at twice its nominal size and must not be
// outgrown by one transaction, because it would be mapped anew below its readers.
func limitsOf(o Options) limits {
	tree := o.MemTableBytes * 15 / 100
	transaction := cost{tree: tree * 3 / 4, log: o.ValueLogFileBytes / 2, entries: tree / int64(skl.MaxNodeSize) * 3 / 4}
	return limits{
		transaction: transaction,
		piece:       cost{tree: transaction.tree / 4, log: transaction.log / 2, entries: transaction.entries / 4},
		recordBytes: min(recordBytesMax, int(o.ValueLogFileBytes/2)),
	}
}

func newOp(r node.Range, puts []put) *op {
	o := &op{inRange: r, puts: puts, done: make(chan error, 1)}
	for _, p := range puts {
		o.cost = o.cost.plus(putCost(p))
	}
	return o
}

// figuresCost is what the committer adds to a change of figures of its own.
func (o *op) figuresCost() cost {
	each := cost{tree: 128, entries: 1}
	total := cost{tree: 3 * each.tree, entries: 3}
	for range len(o.seen) + len(o.delta.targets) + len(o.trees) {
		total = total.plus(each)
	}
	return total
}
