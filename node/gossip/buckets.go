package gossip

import (
	"bytes"
	"cmp"
	"maps"

	"github.com/kindreddb/kindred/node"
)

// settings are a bucket's properties, with the wall clock of the change of its replication factor, in
// milliseconds since 1970; props.Changed is that of all else.
type settings struct {
	props    node.BucketProps
	nChanged int64
}

// change is what setting new properties at that wall clock makes of the present settings. A change is always
// later than what it replaces, whatever the clocks of other nodes say.
func (s settings) change(p node.BucketProps, now int64) settings {
	changed := settings{p, s.nChanged}
	changed.props.Changed = max(now, p.Changed, s.props.Changed+1)
	if p.N != s.props.N || p.ExplicitN != s.props.ExplicitN {
		changed.nChanged = max(now, s.nChanged+1)
	}
	return changed
}

// merge merges two settings of one bucket. The replication factor goes its own way: one that was set when
// the bucket was created stands against the cluster's default, whatever was changed later, then the later
// one, then the larger. All else is taken together, from the later change; changes of one millisecond are
// ordered by their content.
func (s settings) merge(o settings) settings {
	rest, n := s.props, s
	if by := cmp.Compare(s.props.Changed, o.props.Changed); by < 0 ||
		by == 0 && bytes.Compare(appendRest(nil, s.props), appendRest(nil, o.props)) < 0 {
		rest = o.props
	}
	if s.compareN(o) < 0 {
		n = o
	}
	rest.N, rest.ExplicitN = n.props.N, n.props.ExplicitN
	return settings{rest, n.nChanged}
}

func (s settings) compareN(o settings) int {
	if s.props.ExplicitN != o.props.ExplicitN {
		if s.props.ExplicitN {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(s.nChanged, o.nChanged), cmp.Compare(s.props.N, o.props.N))
}

// mergeBuckets merges the settings of each bucket.
func mergeBuckets(a, b map[string]settings) map[string]settings {
	if len(b) == 0 {
		return a
	}
	merged := maps.Clone(a)
	if merged == nil {
		merged = make(map[string]settings, len(b))
	}
	for name, s := range b {
		if mine, ok := merged[name]; ok {
			s = mine.merge(s)
		}
		merged[name] = s
	}
	return lowest(merged, bucketsMax)
}

// withBucket sets a bucket's properties at that wall clock, in milliseconds since 1970.
func (s State) withBucket(bucket string, p node.BucketProps, now int64) State {
	s.buckets = mergeBuckets(s.buckets, map[string]settings{bucket: s.buckets[bucket].change(p, now)})
	return s
}

// Buckets gives the properties of those buckets that were given any; the map is the caller's.
func (s State) Buckets() map[string]node.BucketProps {
	all := make(map[string]node.BucketProps, len(s.buckets))
	for name, set := range s.buckets {
		all[name] = set.props
	}
	return all
}
