package baseline

import "slices"

// vectors keeps a version vector with each version. What dominates what is the same for all of them; they
// differ in how a new version is stamped.
type vectors struct {
	versions []stamped
	stamp    func(held vectors, w Write, seen vector) vector
}

type stamped struct {
	clock vector
	value string
}

func (v vectors) Put(w Write) State {
	clock := v.stamp(v, w, joinSeen(w.Seen))
	return v.Merge(vectors{versions: []stamped{{clock, w.Value}}})
}

// Merge drops what is strictly dominated; of versions with equal vectors the receiver's stands.
func (v vectors) Merge(from State) State {
	out := vectors{stamp: v.stamp, versions: slices.Clone(v.versions)}
	for _, x := range from.(vectors).versions {
		if slices.ContainsFunc(out.versions, func(y stamped) bool { return y.clock.covers(x.clock) }) {
			continue
		}
		out.versions = slices.DeleteFunc(out.versions, func(y stamped) bool { return x.clock.covers(y.clock) })
		out.versions = append(out.versions, x)
	}
	return out
}

func (v vectors) Read() ([]string, Seen) {
	var values []string
	for _, x := range v.versions {
		values = append(values, x.value)
	}
	return values, v.joined()
}

func (v vectors) Entries() int {
	n := 0
	for _, x := range v.versions {
		n += len(x.clock)
	}
	return n
}

// joined is the pointwise maximum over the versions that are held.
func (v vectors) joined() vector {
	out := vector{}
	for _, x := range v.versions {
		out = out.join(x.clock)
	}
	return out
}
