package clock

// Fold is the past of a write that a coordinator takes: the client's context and, of everything that the
// coordinator's set knows, all but the dots of the visible siblings that the context does not cover and
// that differ from what is written. Dead events, tombstones and equal twins of a retried write are thus
// taken over, which keeps clocks small however long a chain of writes grows over a standing sibling.
//
// The killers of the dead events travel in the same set as the new version, so that nothing is claimed that
// the receiver does not also get. For the same reason the folded clock is given out only with w acks.
func Fold(context Clock, set Set, content Digest, tombstone bool) Clock {
	written := Version{Content: content, Tombstone: tombstone}
	known := make([]Clock, 0, len(set)+1)
	known = append(known, context)
	for _, v := range set {
		if v.Tombstone || v.Twin(written) || context.Covers(v.Dot) {
			known = append(known, v.Clock())
		} else {
			known = append(known, v.Past)
		}
	}
	return joinAll(known)
}
