package storage

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// audit reads the whole database and checks what must hold after any crash: each record whole, with its
// listing and its hints, all chunks and no others, and figures and trees equal to sums over the records.
func audit(t *testing.T, s *Store) {
	t.Helper()
	want := newBooks()
	keys := make(map[string]bool) // that may be there
	ranges := int(s.partitions.Load())
	eachKey(t, s, prefixRecord, func(txn *badger.Txn, name []byte) {
		key, err := parseName(name[1:])
		if err != nil {
			t.Fatal(err)
		}
		r, err := getRecord(txn, key)
		if err == nil {
			err = getContents(txn, key, &r, -1)
		}
		if err != nil {
			t.Fatalf("%q in %q: %v", key.Name, key.Bucket, err)
		}
		for _, c := range r.contents {
			if !c.content.Intact() {
				t.Errorf("%q in %q has a content that its digest does not name", key.Name, key.Bucket)
			}
			for i := 0; c.chunked && i < chunksOf(c.length); i++ {
				keys[string(chunkKey(key, c.digest, i))] = true
			}
		}
		keys[string(name)], keys[string(listingKey(key))] = true, true
		for _, target := range r.targets {
			keys[string(hintKey(target, key))] = true
			f := want.targets[target]
			want.targets[target] = f.plus(figures{1, r.size()})
		}
		at := key.RangeOf(ranges)
		d := deltaOf(record{}, r)
		keep(want.ranges, at, want.ranges[at].plus(d.figures))
		for _, dot := range events(record{}, r) {
			want.seen[seenAt{at, dot.Actor}] = max(want.seen[seenAt{at, dot.Actor}], dot.Counter)
		}
	})
	for _, prefix := range []byte{prefixListing, prefixHint, prefixContent, prefixSweep} {
		eachKey(t, s, prefix, func(_ *badger.Txn, name []byte) {
			if !keys[string(name)] {
				t.Errorf("%q is there, and no record says so", name)
			}
			delete(keys, string(name))
		})
	}
	for name := range keys {
		if name[0] != prefixRecord {
			t.Errorf("%q is not there, and a record says so", name)
		}
	}
	if !maps.Equal(s.books.ranges, want.ranges) || !maps.Equal(s.books.targets, want.targets) {
		t.Errorf("the figures say %v and %v, and the records %v and %v", s.books.ranges, s.books.targets, want.ranges, want.targets)
	}
	for at, n := range want.seen {
		if s.books.seen[at] < n {
			t.Errorf("the highest number of %s is said to be %d, and a record names %d", at.actor, s.books.seen[at], n)
		}
	}
	if err := s.CheckTrees(t.Context()); err != nil && !errors.Is(err, ErrNoTrees) {
		t.Error(err)
	}
	if m := s.commits.meta; m.commits != s.db.MaxVersion() {
		t.Errorf("the database says that it had %d commits, and had %d", m.commits, s.db.MaxVersion())
	}
}

func eachKey(t *testing.T, s *Store, prefix byte, f func(txn *badger.Txn, key []byte)) {
	t.Helper()
	err := s.db.look(s.snaps.present(), func(txn *badger.Txn) error {
		return keysUnder(txn, []byte{prefix}, nil, func(item *badger.Item) (bool, error) {
			f(txn, item.KeyCopy(nil))
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// outline is what two stores with different actors can be compared by.
type outline struct {
	contents   []clock.Digest
	tombstones int
	targets    []ring.NodeID
}

func outlineOf(t *testing.T, s node.Store, key node.Key) outline {
	t.Helper()
	rec, err := s.Read(t.Context(), key, -1)
	if err != nil {
		t.Fatalf("%q: %v", key.Name, err)
	}
	if err := rec.Check(); err != nil || !rec.Whole() {
		t.Fatalf("%q: whole %t, %v", key.Name, rec.Whole(), err)
	}
	o := outline{targets: rec.Targets}
	for _, v := range rec.Versions {
		if v.Tombstone {
			o.tombstones++
		} else {
			o.contents = append(o.contents, v.Content)
		}
	}
	slices.SortFunc(o.contents, func(a, b clock.Digest) int { return bytes.Compare(a[:], b[:]) })
	return o
}

func (o outline) equal(p outline) bool {
	return slices.Equal(o.contents, p.contents) && o.tombstones == p.tombstones && slices.Equal(o.targets, p.targets)
}
