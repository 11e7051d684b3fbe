package clock

import (
	"bytes"
	"cmp"
	"slices"
)

// Digest names a content: value, content type, encoding and metadata. Equal contents have equal digests.
// The kernel compares digests and never looks behind them.
type Digest [16]byte

// Version is one write as causality sees it: its dot, and the past that its writer had seen.
type Version struct {
	// Dot names the write; it stands for the run (After, Dot.Counter]: of this key's events by that actor
	// it is the first one above After.
	Dot   Dot
	After uint64
	// Past is the union of the whole clocks of all versions that the writer had seen. It does not hold Dot.
	Past Clock
	// Tombstone marks a deletion: invisible to readers, same causality.
	Tombstone bool
	// Content names what was written.
	Content Digest
	// Coordinator (the id of the node that took the write) and Wall (its wall clock, in milliseconds since
	// 1970, UTC) are carried for people to read. Nothing is decided by them.
	Coordinator uint64
	Wall        int64
}

// Clock is the version's whole clock: its past and its dot.
func (v Version) Clock() Clock {
	return v.Past.Join(Of(v.Dot.Actor, Run{v.After, v.Dot.Counter}))
}

// Twin says whether two versions show a reader the same thing: a retried write leaves twins.
func (v Version) Twin(w Version) bool {
	return v.Content == w.Content && v.Tombstone == w.Tombstone
}

// Equal says whether both are the same version to the last bit.
func (v Version) Equal(w Version) bool { return v.Compare(w) == 0 }

// Compare is a total order: by dot, then by everything else, so that two different versions under one dot
// (which nothing but damage from outside can bring about) have the same order on every replica.
func (v Version) Compare(w Version) int {
	if d := v.Dot.Compare(w.Dot); d != 0 {
		return d
	}
	return cmp.Or(
		bytes.Compare(v.Content[:], w.Content[:]),
		cmp.Compare(v.After, w.After),
		compareBool(v.Tombstone, w.Tombstone),
		cmp.Compare(v.Coordinator, w.Coordinator),
		cmp.Compare(v.Wall, w.Wall),
		comparePast(v.Past, w.Past),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func comparePast(a, b Clock) int {
	return slices.CompareFunc(a.entries, b.entries, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.actor, y.actor), slices.CompareFunc(x.runs, y.runs, func(p, q Run) int {
			return cmp.Or(cmp.Compare(p.After, q.After), cmp.Compare(p.Upto, q.Upto))
		}))
	})
}
