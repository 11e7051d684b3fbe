package clock_test

import (
	"flag"
	"slices"
	"testing"
)

var depthFlag = flag.Int("depth", 5, "how many steps the enumerated scripts have; each more takes 20 times as long")

// TestAllSmallScripts runs every script of up to five steps (or -depth) on two replicas with one client that remembers
// its last read and its last acknowledged write, folded and not, on the kernel and on explicit sets.
func TestAllSmallScripts(t *testing.T) {
	for _, fold := range []bool{false, true} {
		w := walk{T: t, read: -1, ack: -1, k: newKernel(t, 2, rules{fold: fold}), o: newOracle(2, fold)}
		count := 0
		w.all(*depthFlag, &count)
		t.Logf("fold %t: %d scripts", fold, count)
	}
}

// walk is a small script so far, and what its client remembers.
type walk struct {
	*testing.T
	k         *kernel
	o         *oracle
	script    []op
	read, ack int // steps, or -1
}

func (w walk) all(depth int, count *int) {
	*count++
	if depth == 0 || w.Failed() {
		return
	}
	for _, s := range w.next() {
		n := walk{T: w.T, k: w.k.clone(), o: w.o.clone(), script: append(slices.Clip(w.script), s), read: w.read, ack: w.ack}
		n.k.do(s)
		n.o.do(s)
		if !same(n.k, n.o) {
			w.Errorf("\n kernel %v\n oracle %v\n script %v", n.k.all(), n.o.replicas, n.script)
			return
		}
		switch s.kind {
		case read:
			n.read = len(w.script)
		case put, del:
			n.ack = len(w.script)
		}
		n.all(depth-1, count)
	}
}

// next lists the steps that can follow. The first is a put at replica 0: any other start leads to a script
// that is also reached so, or to nothing.
func (w walk) next() []op {
	if len(w.script) == 0 {
		return []op{{kind: put, value: 1}}
	}
	var ops []op
	for at := range 2 {
		blind := op{kind: put, at: at, value: 1 + len(w.script), skip: uint64(len(w.script) % 2)}
		ops = append(ops, blind)
		for _, context := range []int{w.read, w.ack} {
			if context >= 0 {
				seen := blind
				seen.seen = []int{context}
				deletes := seen
				deletes.kind = del
				twin := seen
				twin.value = 1
				ops = append(ops, seen, deletes, twin)
			}
		}
		ops = append(ops,
			op{kind: read, reads: []int{at}},
			op{kind: send, at: at, to: 1 - at},
			op{kind: handover, at: at, to: 1 - at},
			op{kind: renew, at: at})
	}
	return append(ops, op{kind: reap})
}
