package clock_test

import (
	"math/bits"
	"slices"
)

// events is an explicit set of a script's writes, which are numbered from 0. It is what clocks stand for.
type events uint64

func (e events) has(n int) bool { return e>>n&1 == 1 }

func (e events) list() []int {
	var out []int
	for ; e != 0; e &= e - 1 {
		out = append(out, bits.TrailingZeros64(uint64(e)))
	}
	return out
}

// oracle is the definition of what stands, by explicit sets of events: it knows neither dots, nor runs, nor
// actors. With fold, a write's past is what Fold says, in sets; without, it is what its client had seen.
type oracle struct {
	fold     bool
	replicas [][]known
	contexts []events  // by step
	messages [][]known // by step
	writes   int
}

// known is a write as the oracle holds it.
type known struct {
	event   int
	history events // its past and itself
	value   int    // 0 for a tombstone
}

func newOracle(replicas int, fold bool) *oracle {
	return &oracle{fold: fold, replicas: make([][]known, replicas)}
}

func (o *oracle) clone() *oracle {
	c := *o
	c.replicas = slices.Clone(o.replicas)
	c.contexts, c.messages = slices.Clone(o.contexts), slices.Clone(o.messages)
	return &c
}

func (o *oracle) do(s op) {
	o.contexts, o.messages = append(o.contexts, 0), append(o.messages, nil)
	step := len(o.contexts) - 1
	switch s.kind {
	case put, del:
		var past events
		for _, i := range s.seen {
			past |= o.contexts[i]
		}
		w := known{event: o.writes, value: s.value}
		if s.kind == del {
			w.value = 0
		}
		if o.fold {
			past = folded(past, o.replicas[s.at], w.value)
		}
		w.history = past | 1<<w.event
		o.writes++
		o.contexts[step] = w.history
		o.merge(s.at, []known{w})
	case read:
		var all []known
		for _, r := range s.reads {
			all = standing(all, o.replicas[r])
		}
		for _, w := range all {
			o.contexts[step] |= w.history
		}
	case send:
		o.merge(s.to, o.replicas[s.at])
	case capture:
		o.messages[step] = o.replicas[s.at]
	case deliver:
		o.merge(s.at, o.messages[s.message])
	case handover:
		o.merge(s.to, o.replicas[s.at])
		o.replicas[s.at] = nil
	case converge, reap:
		var all []known
		for _, r := range o.replicas {
			all = standing(all, r)
		}
		if s.kind == reap {
			all = slices.DeleteFunc(all, func(w known) bool { return w.value == 0 })
		}
		for r := range o.replicas {
			o.replicas[r] = all
		}
	}
}

func (o *oracle) merge(at int, from []known) { o.replicas[at] = standing(o.replicas[at], from) }

// standing is the union of both, less what lies in the history of another.
func standing(a, b []known) []known {
	var dead events
	for _, w := range slices.Concat(a, b) {
		dead |= w.history &^ (1 << w.event)
	}
	var out []known
	for _, w := range slices.Concat(a, b) {
		if !dead.has(w.event) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(v, w known) int { return v.event - w.event })
	return out
}

// folded is the definition of Fold: all that the coordinator knows, less the standing values that the
// context does not hold and that differ from what is written.
func folded(context events, held []known, value int) events {
	past := context
	for _, w := range held {
		past |= w.history
		if w.value != 0 && w.value != value && !context.has(w.event) {
			past &^= 1 << w.event
		}
	}
	return past
}

// shown are the values that a reader of the replica sees, each once, in order.
func (o *oracle) shown(at int) []int {
	var out []int
	for _, w := range o.replicas[at] {
		if w.value != 0 {
			out = append(out, w.value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
