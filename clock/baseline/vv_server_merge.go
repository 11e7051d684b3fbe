package baseline

import "slices"

// merged keeps one version vector for all siblings, as Riak did before 2.0. A write whose context does not
// cover the vector joins the siblings, even where it had seen some of them: nothing is lost, and what was
// overwritten stays.
type merged struct {
	clock  vector
	values []string
}

func (m merged) Put(w Write) State {
	seen := joinSeen(w.Seen)
	clock := seen.join(m.clock)
	clock[w.Replica]++
	if seen.covers(m.clock) {
		return merged{clock, []string{w.Value}}
	}
	return merged{clock, append(slices.Clone(m.values), w.Value)}
}

func (m merged) Merge(from State) State {
	f := from.(merged)
	switch {
	case m.clock.covers(f.clock):
		return m
	case f.clock.covers(m.clock):
		return f
	}
	out := merged{m.clock.join(f.clock), slices.Clone(m.values)}
	for _, v := range f.values {
		if !slices.Contains(out.values, v) {
			out.values = append(out.values, v)
		}
	}
	return out
}

func (m merged) Read() ([]string, Seen) { return m.values, vector{}.join(m.clock) }

func (m merged) Entries() int { return len(m.clock) }
