package baseline

import (
	"maps"
	"slices"
)

// dottedSet is a dotted version vector set: one clock for all siblings, in which each id lists the values of
// its newest events.
//
// Source: Almeida et al. (DAIS 2014), section 5.
type dottedSet map[string]dottedEntry

// dottedEntry stands for the events 1 to upto of an id. values[i] was written by the event upto-i; the
// values of all earlier ones are overwritten.
type dottedEntry struct {
	upto   uint64
	values []string
}

// Put discards what the context covers, then adds the event.
func (d dottedSet) Put(w Write) State {
	seen := dottedSet{}
	for id, n := range joinSeen(w.Seen) {
		seen[id] = dottedEntry{upto: n}
	}
	out := d.Merge(seen).(dottedSet)
	e := out[w.Replica]
	out[w.Replica] = dottedEntry{e.upto + 1, append([]string{w.Value}, e.values...)}
	return out
}

func (d dottedSet) Merge(from State) State {
	out := dottedSet{}
	maps.Copy(out, d)
	for id, e := range from.(dottedSet) {
		if have, both := out[id]; both {
			e = have.merge(e)
		}
		out[id] = e
	}
	return out
}

// merge keeps of the longer entry's values those that the shorter one has not heard of, or still holds.
func (e dottedEntry) merge(f dottedEntry) dottedEntry {
	if e.upto < f.upto {
		e, f = f, e
	}
	keep := min(int(e.upto-f.upto)+len(f.values), len(e.values))
	return dottedEntry{e.upto, slices.Clone(e.values[:keep])}
}

func (d dottedSet) Read() ([]string, Seen) {
	var values []string
	seen := vector{}
	for id, e := range d {
		values = append(values, e.values...)
		seen[id] = e.upto
	}
	return values, seen
}

func (d dottedSet) Entries() int { return len(d) }
