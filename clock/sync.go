package clock

import "slices"

// Sync merges what two replicas hold of a key: the union of both sets, less every version whose dot lies in
// the past of another. It is idempotent, commutative and associative. The arguments must each be a Set in
// order; the result is one.
//
// Source: function sync of Preguiça et al. (2010), section 5.
func Sync(a, b Set) Set {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	all := make(Set, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch a[0].Compare(b[0]) {
		case -1:
			all, a = append(all, a[0]), a[1:]
		case +1:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, a[0]), a[1:], b[1:]
		}
	}
	all = append(append(all, a...), b...)
	var out Set
	for _, v := range all {
		if !slices.ContainsFunc(all, func(w Version) bool { return w.Past.Covers(v.Dot) }) {
			out = append(out, v)
		}
	}
	return out
}
