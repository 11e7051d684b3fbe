package node

import "sync/atomic"

// hedgeBudget bounds how many reads ask a further node only because others take long: one in ten, after a
// stock of a hundred. Without it a cluster that is slow as a whole would double its own load.
type hedgeBudget struct {
	spent atomic.Int64 // tenths of a hedge, less what was earned; the stock is what is below zero of it
}

const (
	hedgeCost  = 10
	hedgeStock = 100 * hedgeCost
)

// earn counts a read.
func (b *hedgeBudget) earn() {
	if b.spent.Load() > 0 {
		b.spent.Add(-1)
	}
}

// spend says whether the budget allows one more hedge, and takes it.
func (b *hedgeBudget) spend() bool {
	if b.spent.Add(hedgeCost) <= hedgeStock {
		return true
	}
	b.spent.Add(-hedgeCost)
	return false
}
