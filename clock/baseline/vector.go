package baseline

import "maps"

// vector is a version vector: for each id, the number up to which its events are claimed.
type vector map[string]uint64

// join is the pointwise maximum.
func (v vector) join(o vector) vector {
	out := maps.Clone(v)
	if out == nil {
		out = vector{}
	}
	for id, n := range o {
		out[id] = max(out[id], n)
	}
	return out
}

// covers says whether v is at least o in every entry.
func (v vector) covers(o vector) bool {
	for id, n := range o {
		if v[id] < n {
			return false
		}
	}
	return true
}

// joinSeen is the pointwise maximum of contexts.
func joinSeen(seen []Seen) vector {
	out := vector{}
	for _, s := range seen {
		out = out.join(s.(vector))
	}
	return out
}
