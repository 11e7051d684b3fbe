package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Partitions is the size of the ring on which every subject must be opened.
const Partitions = 64

// Subject is a freshly made, empty store under test, and what can be done to it. The suite does not close
// it: who makes it cleans up.
type Subject struct {
	Store node.Store
	// Reopen closes the store in good order and opens it again.
	Reopen func() (node.Store, error)
	// Crash ends the store without notice and opens it again.
	Crash func() (node.Store, error)
	// Damage spoils the stored object of the key.
	Damage func(key node.Key) error
	// SetFull makes the disk look full, or no longer so.
	SetFull func(full bool)
}

// reopen replaces the subject's store.
func (s *Subject) reopen(t *testing.T, how func() (node.Store, error)) {
	t.Helper()
	store, err := how()
	if err != nil {
		t.Fatal("open again:", err)
	}
	s.Store = store
}

// key gives the i-th key of a bucket, at n=3.
func key(i int) node.Key { return node.NewKey("fruit", fmt.Sprintf("key/%04d", i), 3) }

// content makes a content of that many bytes of value, different for each seed.
func content(seed, size int) *node.Content {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte(seed*31 + i*7 + i>>8)
	}
	return node.NewContent(value, "text/plain", "", []node.Meta{{Name: "seed", Value: fmt.Sprint(seed)}})
}

// put writes a version with this content over everything that the record holds, and gives its dot.
func put(s node.Store, k node.Key, c *node.Content, targets ...ring.NodeID) (clock.Dot, error) {
	var dot clock.Dot
	err := s.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		return add(h, h.Versions.Context(), c, targets, &dot)
	})
	return dot, err
}

// add is the change that adds one version whose past is seen; a nil content is a tombstone.
func add(h node.Held, seen clock.Clock, c *node.Content, targets []ring.NodeID, dot *clock.Dot) (node.Change, error) {
	source, err := h.Issue()
	if err != nil {
		return node.Change{}, err
	}
	v := clock.Update(seen, h.Versions, source)
	object := node.Object{}
	if c == nil {
		v.Tombstone = true
	} else {
		v.Content = c.Digest
		object.Contents = []*node.Content{c}
	}
	object.Versions = clock.Set{v}
	*dot = v.Dot
	return node.Change{Write: true, Object: node.MergeObjects(h.Object, object), Targets: targets}, nil
}

func mustPut(t *testing.T, s node.Store, k node.Key, c *node.Content, targets ...ring.NodeID) clock.Dot {
	t.Helper()
	dot, err := put(s, k, c, targets...)
	if err != nil {
		t.Fatalf("put %q: %v", k.Name, err)
	}
	return dot
}

// mustSibling writes a version whose writer had seen nothing.
func mustSibling(t *testing.T, s node.Store, k node.Key, c *node.Content) clock.Dot {
	t.Helper()
	var dot clock.Dot
	err := s.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		return add(h, clock.Clock{}, c, nil, &dot)
	})
	if err != nil {
		t.Fatalf("put %q: %v", k.Name, err)
	}
	return dot
}

// mustRemove makes the store forget the key.
func mustRemove(t *testing.T, s node.Store, k node.Key) {
	t.Helper()
	err := s.Update(context.Background(), k, true, func(node.Held) (node.Change, error) {
		return node.Change{Write: true}, nil
	})
	if err != nil {
		t.Fatalf("remove %q: %v", k.Name, err)
	}
}

func mustRead(t *testing.T, s node.Store, k node.Key, contentMax int) node.Record {
	t.Helper()
	rec, err := s.Read(context.Background(), k, contentMax)
	if err != nil {
		t.Fatalf("read %q: %v", k.Name, err)
	}
	return rec
}

// wantOnly checks that the record holds exactly this one content, whole.
func wantOnly(t *testing.T, s node.Store, k node.Key, c *node.Content) {
	t.Helper()
	rec := mustRead(t, s, k, -1)
	if err := rec.Check(); err != nil {
		t.Fatalf("%q: %v", k.Name, err)
	}
	if len(rec.Versions) != 1 || !rec.Whole() || rec.Content(c.Digest) == nil {
		t.Fatalf("%q holds %d versions and %d contents, not the one that was written", k.Name, len(rec.Versions), len(rec.Contents))
	}
}

func wantAbsent(t *testing.T, s node.Store, k node.Key) {
	t.Helper()
	rec := mustRead(t, s, k, -1)
	if !rec.IsEmpty() || rec.Targets != nil || rec.Since != (clock.Dot{}) {
		t.Fatalf("%q holds %+v, want nothing", k.Name, rec)
	}
}
