package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/trees"
)

// Knows says whether the copy of the range is complete. A new disk knows nothing.
func (s *Store) Knows(r node.Range) bool {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	return s.disk.state.knows != s.disk.state.exceptions[r]
}

// SetKnows stores whether the copy of the range is complete.
func (s *Store) SetKnows(r node.Range, complete bool) error {
	return s.fact(func(st *state) {
		if st.knows == complete {
			delete(st.exceptions, r)
		} else {
			st.exceptions[r] = true
		}
	})
}

// SetKnowsAll stores it for every range.
func (s *Store) SetKnowsAll(complete bool) error {
	return s.fact(func(st *state) {
		clear(st.exceptions)
		st.knows = complete
	})
}

func (s *Store) fact(change func(*state)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := s.disk.refusal(); err != nil {
		return err
	}
	change(&s.disk.state)
	return nil
}

// Claims lists the actors that await confirmation.
func (s *Store) Claims() []node.ActorClaim { return s.book.Claims() }

// Confirm lets claimed actors be used again.
func (s *Store) Confirm(claims []node.ActorClaim) error { return s.book.Confirm(claims, s.HighestSeen) }

// HighestSeen is the highest number of the actor that was ever held in the range.
func (s *Store) HighestSeen(r node.Range, actor clock.Actor) (uint64, error) {
	var highest uint64
	err := s.view(func(d *Disk) {
		highest = d.state.seen[seenKey{r, actor}]
	})
	return highest, err
}

// HoldsBucket says whether any record of the bucket is held.
func (s *Store) HoldsBucket(_ context.Context, bucket string) (holds bool, err error) {
	err = s.view(func(d *Disk) {
		for key := range d.state.records {
			holds = holds || key.Bucket == bucket
		}
	})
	return holds, err
}

// Hinted lists the keys of records that the target is still to have, in the order of n, position and names.
func (s *Store) Hinted(_ context.Context, target ring.NodeID, after node.Key, limit int) ([]node.Key, error) {
	var keys []node.Key
	err := s.view(func(d *Disk) {
		for key, rec := range d.state.records {
			if slices.Contains(rec.Targets, target) && compareKeys(key, after) > 0 {
				keys = append(keys, key)
			}
		}
	})
	slices.SortFunc(keys, compareKeys)
	return keys[:min(len(keys), limit)], err
}

// compareKeys is the order in which keys lie on a disk.
func compareKeys(a, b node.Key) int {
	return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Position, b.Position),
		bytes.Compare(trees.AppendName(nil, a.Bucket, a.Name), trees.AppendName(nil, b.Bucket, b.Name)))
}

// Stats counts what is held.
func (s *Store) Stats() node.StoreStats {
	stats := node.StoreStats{Hints: make(map[ring.NodeID]node.HintStats)}
	_ = s.view(func(d *Disk) { // a closed store counts nothing
		for _, rec := range d.state.records {
			if !rec.IsEmpty() {
				stats.Keys++
			}
			size := int64(rec.Size())
			stats.Bytes += size
			for _, t := range rec.Targets {
				h := stats.Hints[t]
				stats.Hints[t] = node.HintStats{Count: h.Count + 1, Bytes: h.Bytes + size}
			}
		}
		stats.Damaged, stats.Full = d.damages, d.full
		stats.Commits, stats.WrittenBytes = s.commits, s.bytes
	})
	return stats
}

// view runs f on the disk as readers see it: with what is pending laid over it.
func (s *Store) view(f func(*Disk)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.fault != nil {
		return s.disk.fault
	}
	if len(s.pending) == 0 {
		f(s.disk)
		return nil
	}
	over := &Disk{full: s.disk.full, damages: s.disk.damages, state: state{
		records: maps.Clone(s.disk.state.records), seen: maps.Clone(s.disk.state.seen),
	}}
	over.apply(s.pending)
	f(over)
	return nil
}
