package clock

import "slices"

// Set is what a replica holds of one key: versions in the order of Compare, none in the past of another.
// The nil Set is a key that the replica has never heard of.
type Set []Version

// Context is what a reader of the whole set has seen: the union of the clocks of all its versions,
// tombstones included.
func (s Set) Context() Clock {
	clocks := make([]Clock, len(s))
	for i, v := range s {
		clocks[i] = v.Clock()
	}
	return joinAll(clocks)
}

// last is the highest event of the actor that the set knows, or 0: Context().Last, without the context.
func (s Set) last(actor Actor) uint64 {
	var n uint64
	for _, v := range s {
		n = max(n, v.Past.Last(actor))
		if v.Dot.Actor == actor {
			n = max(n, v.Dot.Counter)
		}
	}
	return n
}

// Visible are the versions that a reader is shown: no tombstones, and of twins only the lowest.
func (s Set) Visible() Set {
	var out Set
	for _, v := range s {
		if !v.Tombstone && !slices.ContainsFunc(out, v.Twin) {
			out = append(out, v)
		}
	}
	return out
}

// Equal says whether both sets hold the same versions.
func (s Set) Equal(t Set) bool { return slices.EqualFunc(s, t, Version.Equal) }

// Has says whether the set holds exactly this version.
func (s Set) Has(v Version) bool {
	_, found := slices.BinarySearchFunc(s, v, Version.Compare)
	return found
}

// SharedDots lists the dots under which the set holds different versions: proof that a counter was used
// twice, to be reported.
func (s Set) SharedDots() []Dot {
	var out []Dot
	for i := 1; i < len(s); i++ {
		if d := s[i].Dot; d == s[i-1].Dot && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}
