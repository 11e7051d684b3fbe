package clock

// Sync merges what two replicas hold of a key: the union of both sets, less every version whose dot lies in
// the past of another. It is idempotent, commutative and associative. The arguments must each be a Set in
// order; the result is one, and may share memory with them.
//
// Source: function sync of Preguiça et al. (2010), section 5.
func Sync(a, b Set) Set {
	all := a.union(b)
	switch len(all) {
	case len(a): // b held nothing new; nothing in a is in the past of anything in a
		return a
	case len(b):
		return b
	}
	return all.standing()
}

// union holds the versions of both sets, in order, each once.
func (s Set) union(t Set) Set {
	switch {
	case len(t) == 0:
		return s
	case len(s) == 0:
		return t
	}
	all := make(Set, 0, len(s)+len(t))
	for len(s) > 0 && len(t) > 0 {
		switch s[0].Compare(t[0]) {
		case -1:
			all, s = append(all, s[0]), s[1:]
		case +1:
			all, t = append(all, t[0]), t[1:]
		default:
			all, s, t = append(all, s[0]), s[1:], t[1:]
		}
	}
	return append(append(all, s...), t...)
}

// standing leaves out every version whose dot lies in the past of another.
func (s Set) standing() Set {
	dead, out := s.pasts(), Set(nil)
	for _, v := range s {
		if !dead.Covers(v.Dot) {
			out = append(out, v)
		}
	}
	return out
}

// pasts is the union of the pasts of all versions: what they overwrote.
func (s Set) pasts() Clock {
	clocks := make([]Clock, len(s))
	for i, v := range s {
		clocks[i] = v.Past
	}
	return joinAll(clocks)
}
