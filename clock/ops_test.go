package clock_test

import (
	"fmt"
	"math/rand/v2"
)

// An op is one step of a script that runs on the kernel and on the oracle alike. Scripts are data, so that
// the same one can be run on variants of either.
type op struct {
	kind    opKind
	at, to  int    // replicas
	reads   []int  // the replicas that a read merges
	seen    []int  // the steps (reads and writes) whose contexts a write is based on
	value   int    // of a put; equal values are equal contents
	skip    uint64 // how many numbers the actor spends on other keys before this write
	message int    // the step that captured what is delivered
}

type opKind int

const (
	put      opKind = iota
	del             // a put of a tombstone
	read            // the context of a read is named by its step
	send            // at sends all that it holds to to
	capture         // a message with all that at holds is under way
	deliver         // ... and arrives, perhaps again, perhaps much later
	handover        // at sends all to to, and forgets the key
	renew           // at draws a fresh actor
	converge        // all exchange until equal
	reap            // converge; then all drop their tombstones, and what was under way is refused
)

var opNames = [...]string{"put", "delete", "read", "send", "capture", "deliver", "handover", "renew", "converge", "reap"}

func (o op) String() string {
	s := fmt.Sprintf("%s at %d", opNames[o.kind], o.at)
	switch o.kind {
	case put, del:
		return fmt.Sprintf("%s value %d seen %v skip %d", s, o.value, o.seen, o.skip)
	case read:
		return fmt.Sprintf("read of %v", o.reads)
	case send, handover:
		return fmt.Sprintf("%s to %d", s, o.to)
	case deliver:
		return fmt.Sprintf("%s of step %d", s, o.message)
	}
	return s
}

// profile says what random scripts are made of.
type profile struct {
	replicas, steps int
	acks            bool // contexts of acknowledged writes are used as well as those of reads
	deletes         bool
	forgets         bool // handover, renew and reap
	values          int  // how many different values; 0 gives each put its own
}

// writesMax bounds a script: the oracle's sets of events are 64 bits.
const writesMax = 60

func randomProfile(rng *rand.Rand) profile {
	return profile{
		replicas: 2 + rng.IntN(4),
		steps:    20 + rng.IntN(60),
		acks:     rng.IntN(2) == 0,
		deletes:  rng.IntN(2) == 0,
		forgets:  rng.IntN(2) == 0,
	}
}

// randomScript ends with converge.
func randomScript(rng *rand.Rand, p profile) []op {
	var ops []op
	var contexts, messages []int
	writes := 0
	for len(ops) < p.steps {
		i, o := len(ops), op{at: rng.IntN(p.replicas), to: rng.IntN(p.replicas)}
		switch n := rng.IntN(100); {
		case n < 40 && writes < writesMax:
			writes++
			o.value, o.skip = writes, uint64(rng.IntN(3))
			if p.values > 0 {
				o.value = 1 + rng.IntN(p.values)
			}
			if p.deletes && rng.IntN(4) == 0 {
				o.kind = del
			}
			for range rng.IntN(3) { // blind, one context, or two merged
				if len(contexts) > 0 {
					// mostly recent ones, sometimes one from long ago
					o.seen = append(o.seen, contexts[len(contexts)-1-rng.IntN(min(len(contexts), 1+rng.IntN(12)))])
				}
			}
			if p.acks {
				contexts = append(contexts, i)
			}
		case n < 62:
			o.kind, o.reads = read, []int{o.at}
			if rng.IntN(4) == 0 {
				o.reads = append(o.reads, o.to)
			}
			contexts = append(contexts, i)
		case n < 78:
			o.kind = send
		case n < 83:
			o.kind = capture
			messages = append(messages, i)
		case n < 89 && len(messages) > 0:
			o.kind, o.message = deliver, messages[rng.IntN(len(messages))]
		case n < 94 && p.forgets && o.at != o.to:
			o.kind = handover
		case n < 96 && p.forgets:
			o.kind = renew
		case n < 98 && p.forgets:
			o.kind = reap
			messages = nil
		case n < 99:
			o.kind = converge
		default:
			continue
		}
		ops = append(ops, o)
	}
	return append(ops, op{kind: converge})
}
