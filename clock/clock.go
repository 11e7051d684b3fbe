package clock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Run stands for all of this key's events by one actor numbered above After and up to Upto. An actor's
// counter is shared by many keys, so a run may span numbers that went to others.
type Run struct {
	After, Upto uint64
}

// Clock is a set of events of one key. The zero Clock is empty. A Clock is immutable: those that come out of
// Join share memory with those that went in.
type Clock struct {
	entries []entry // ordered by actor, no two of one actor
}

// entry holds the runs of one actor, in order, disjoint, never touching, each with After < Upto.
type entry struct {
	actor Actor
	runs  []Run
}

// Of is the clock of a single run. It panics on a run that is empty: that is a bug of the caller, never
// input.
func Of(actor Actor, run Run) Clock {
	if actor == 0 || run.After >= run.Upto {
		panic(fmt.Sprintf("clock: no such run: %s (%d,%d]", actor, run.After, run.Upto))
	}
	return Clock{[]entry{{actor, []Run{run}}}}
}

// IsEmpty says whether the clock holds no event.
func (c Clock) IsEmpty() bool { return len(c.entries) == 0 }

// Actors counts the actors that the clock names.
func (c Clock) Actors() int { return len(c.entries) }

// Runs counts the runs of all actors: with Actors, the measure of a clock's size.
func (c Clock) Runs() int {
	n := 0
	for _, e := range c.entries {
		n += len(e.runs)
	}
	return n
}

// Each calls f for every run, ordered by actor and then by number, until f returns false.
func (c Clock) Each(f func(Actor, Run) bool) {
	for _, e := range c.entries {
		for _, r := range e.runs {
			if !f(e.actor, r) {
				return
			}
		}
	}
}

// Covers says whether the clock holds the event.
func (c Clock) Covers(d Dot) bool {
	return d.Counter > 0 && includes(c.runs(d.Actor), Run{d.Counter - 1, d.Counter})
}

// includes says whether one of the ordered runs holds all of r.
func includes(runs []Run, r Run) bool {
	i, _ := slices.BinarySearchFunc(runs, r.Upto, func(r Run, n uint64) int { return cmp.Compare(r.Upto, n) })
	return i < len(runs) && runs[i].After <= r.After
}

// Last is the highest event of the actor that the clock holds, or 0.
func (c Clock) Last(actor Actor) uint64 {
	runs := c.runs(actor)
	if len(runs) == 0 {
		return 0
	}
	return runs[len(runs)-1].Upto
}

func (c Clock) runs(actor Actor) []Run {
	i, found := slices.BinarySearchFunc(c.entries, actor, func(e entry, a Actor) int {
		return cmp.Compare(e.actor, a)
	})
	if !found {
		return nil
	}
	return c.entries[i].runs
}

// Join is the union of two sets of events.
func (c Clock) Join(o Clock) Clock {
	if len(o.entries) == 0 {
		return c
	}
	if len(c.entries) == 0 || c.Equal(o) {
		return o
	}
	out := make([]entry, 0, max(len(c.entries), len(o.entries)))
	a, b := c.entries, o.entries
	for len(a) > 0 && len(b) > 0 {
		switch cmp.Compare(a[0].actor, b[0].actor) {
		case -1:
			out, a = append(out, a[0]), a[1:]
		case +1:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, entry{a[0].actor, unite(a[0].runs, b[0].runs)})
			a, b = a[1:], b[1:]
		}
	}
	return Clock{append(append(out, a...), b...)}
}

// joinAll is the union of any number of clocks, joined in pairs of pairs: the work grows with the sum of
// their sizes, not with its square.
func joinAll(clocks []Clock) Clock {
	switch n := len(clocks); n {
	case 0:
		return Clock{}
	case 1:
		return clocks[0]
	default:
		return joinAll(clocks[:n/2]).Join(joinAll(clocks[n/2:]))
	}
}

// unite merges two ordered lists of runs; runs that overlap or touch become one.
func unite(a, b []Run) []Run {
	if slices.Equal(a, b) {
		return a
	}
	out := make([]Run, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var next Run
		if len(b) == 0 || len(a) > 0 && a[0].After <= b[0].After {
			next, a = a[0], a[1:]
		} else {
			next, b = b[0], b[1:]
		}
		if n := len(out); n > 0 && next.After <= out[n-1].Upto {
			out[n-1].Upto = max(out[n-1].Upto, next.Upto)
		} else {
			out = append(out, next)
		}
	}
	return out
}

// Includes says whether every event of o is also in c.
func (c Clock) Includes(o Clock) bool {
	for _, e := range o.entries {
		runs := c.runs(e.actor)
		for _, r := range e.runs {
			for len(runs) > 0 && runs[0].Upto < r.Upto {
				runs = runs[1:]
			}
			if len(runs) == 0 || runs[0].After > r.After {
				return false
			}
		}
	}
	return true
}

// Equal says whether both hold the same events.
func (c Clock) Equal(o Clock) bool {
	return slices.EqualFunc(c.entries, o.entries, func(a, b entry) bool {
		return a.actor == b.actor && slices.Equal(a.runs, b.runs)
	})
}

// String gives the runs as "actor(after,upto] ...", for logs and tests.
func (c Clock) String() string {
	var b strings.Builder
	c.Each(func(a Actor, r Run) bool {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s(%d,%d]", a, r.After, r.Upto)
		return true
	})
	return b.String()
}
