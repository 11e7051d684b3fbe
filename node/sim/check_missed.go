package sim

import "fmt"

// Missed finds reads that lack an acknowledged write although the primaries that answered the one and those
// that took the other must have had a member in common (r+w > n without fallbacks), and nobody had seen and
// overwritten it.
//
// Where a disk may have been lost, forgetful leaves out all reads but those that say that the key is absent: a
// value may then rest on copies that have forgotten others, an absence may not. Of its r answers those count
// that cannot have come from fallbacks.
func Missed(ops []*Op, forgetful bool) []string {
	var out []string
	for _, r := range ops {
		if r.Kind != Read || r.Outcome != OK || forgetful && len(r.Values) > 0 {
			continue
		}
		knew := r.Acks.Primary
		if forgetful {
			knew = r.R - r.Acks.Fallback
		}
		for _, w := range ops {
			if w.Key == r.Key && w.Kind == Write && w.Outcome == OK && w.Ended <= r.Began && knew+w.Acks.Primary > r.Acks.N &&
				!r.Got.knows(w.Value) && !coveredBefore(ops, r.Key, w.Value, r.Ended) {
				out = append(out, fmt.Sprintf("%q had %d primaries' acks and was not read from %d of %d: %s", w.Value, w.Acks.Primary, knew, r.Acks.N, r))
			}
		}
	}
	return out
}
