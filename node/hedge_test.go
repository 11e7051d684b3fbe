package node

import "testing"

func TestHedgesAreOneInTenReadsAfterAStockOfAHundred(t *testing.T) {
	var b hedgeBudget
	spend := func(max int) (n int) {
		for n < max && b.spend() {
			n++
		}
		return n
	}
	if got := spend(1000); got != 100 {
		t.Errorf("%d at once, want the stock of 100", got)
	}
	for range 9 {
		b.earn()
	}
	if b.spend() {
		t.Error("nine reads paid for a hedge")
	}
	b.earn()
	if !b.spend() || b.spend() {
		t.Error("ten reads pay for one hedge")
	}
	for range 100_000 {
		b.earn()
	}
	if got := spend(1000); got != 100 {
		t.Errorf("%d after many quiet reads, want no more than the stock of 100", got)
	}
}
