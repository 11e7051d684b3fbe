package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func testAbsent(t *testing.T, s *Subject) { wantAbsent(t, s.Store, key(1)) }

func testSizes(t *testing.T, s *Subject) {
	sizes := []int{0, 1, 1000, 1023, 1024, 1025, 65535, 65536, 1<<20 - 1, 1 << 20, 1<<20 + 1, 4 << 20, 9<<20 + 3}
	for i, size := range sizes {
		mustPut(t, s.Store, key(i), content(i, size))
	}
	for i, size := range sizes {
		wantOnly(t, s.Store, key(i), content(i, size))
	}
	for i := range sizes { // over the old ones, in the reverse order of sizes
		mustPut(t, s.Store, key(i), content(i+100, sizes[len(sizes)-1-i]))
	}
	for i := range sizes {
		wantOnly(t, s.Store, key(i), content(i+100, sizes[len(sizes)-1-i]))
	}
}

func testStrangeKeys(t *testing.T, s *Subject) {
	names := []string{
		"a", "A", "a/b", "a//b", "a/", "/a", "a/../b", "..", "%2F", "a\x00", "\x00a", "\x00", "\xff", "\xff\xff",
		"a\nb", " ", "é", "e\u0301", string(bytes.Repeat([]byte{0xff}, 1024)), string(make([]byte, 1024)),
	}
	buckets := []string{"b", "bb", "b.b", "b0123456789012345678901234567890123456789"}
	n := 0
	for _, b := range buckets {
		for _, name := range names {
			mustPut(t, s.Store, node.NewKey(b, name, 3), content(n, 10))
			n++
		}
	}
	n = 0
	for _, b := range buckets {
		for _, name := range names {
			wantOnly(t, s.Store, node.NewKey(b, name, 3), content(n, 10))
			n++
		}
	}
	if stats := s.Store.Stats(); stats.Keys != int64(n) {
		t.Errorf("%d keys, want %d", stats.Keys, n)
	}
}

func testOtherN(t *testing.T, s *Subject) {
	three, five := node.NewKey("fruit", "apple", 3), node.NewKey("fruit", "apple", 5)
	mustPut(t, s.Store, three, content(3, 10))
	wantAbsent(t, s.Store, five)
	mustPut(t, s.Store, five, content(5, 10))
	wantOnly(t, s.Store, three, content(3, 10))
	mustRemove(t, s.Store, five)
	wantOnly(t, s.Store, three, content(3, 10))
}

func testSiblings(t *testing.T, s *Subject) {
	k := key(1)
	var dots []clock.Dot
	for i := range 5 {
		dots = append(dots, mustSibling(t, s.Store, k, content(i, 500*i)))
	}
	dots = append(dots, mustSibling(t, s.Store, k, nil))
	rec := mustRead(t, s.Store, k, -1)
	if err := rec.Check(); err != nil {
		t.Fatal(err)
	}
	if len(rec.Versions) != len(dots) || len(rec.Contents) != len(dots)-1 {
		t.Fatalf("%d versions and %d contents of %d writes", len(rec.Versions), len(rec.Contents), len(dots))
	}
	for i, v := range rec.Versions {
		if v.Dot != dots[i] || v.Tombstone != (i == len(dots)-1) {
			t.Errorf("version %d is %s, want %s", i, v.Dot, dots[i])
		}
	}
	mustPut(t, s.Store, k, content(9, 10))
	wantOnly(t, s.Store, k, content(9, 10))
}

func testTwins(t *testing.T, s *Subject) {
	k, c := key(1), content(1, 5000)
	mustSibling(t, s.Store, k, c)
	mustSibling(t, s.Store, k, content(1, 5000))
	rec := mustRead(t, s.Store, k, -1)
	if len(rec.Versions) != 2 || len(rec.Contents) != 1 || !bytes.Equal(rec.Contents[0].Value, c.Value) {
		t.Fatalf("%d versions, %d contents", len(rec.Versions), len(rec.Contents))
	}
	if stats := s.Store.Stats(); stats.Bytes != int64(c.Size) {
		t.Errorf("%d bytes, want %d", stats.Bytes, c.Size)
	}
}

func testContentMax(t *testing.T, s *Subject) {
	k := key(1)
	sizes := []int{100, 3000, 200_000}
	for i, size := range sizes {
		mustSibling(t, s.Store, k, content(i, size))
	}
	whole := mustRead(t, s.Store, k, -1)
	for _, limit := range []int{0, 1, 150, 3200, 100_000, 203_000, 210_000, 1 << 30} {
		got, want := mustRead(t, s.Store, k, limit), whole.Limit(limit)
		if !got.Versions.Equal(want.Versions) {
			t.Fatalf("limit %d changed the versions", limit)
		}
		for i, c := range got.Contents {
			w := want.Contents[i]
			if c.Digest != w.Digest || c.Size != w.Size || c.LeftOut != w.LeftOut || !c.Intact() {
				t.Errorf("limit %d: content %d of %d bytes left out: %t, want %t", limit, i, c.Size, c.LeftOut, w.LeftOut)
			}
		}
	}
}

func testLeftOut(t *testing.T, s *Subject) {
	k, large, small := key(1), content(1, 300_000), content(2, 10)
	mustSibling(t, s.Store, k, large)
	mustSibling(t, s.Store, k, small)
	err := s.Store.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		if c := h.Content(large.Digest); c == nil || c.Size != large.Size {
			return node.Change{}, errors.New("the large content is not named")
		}
		return node.Change{Write: true, Object: h.Limit(0), Targets: []ring.NodeID{7}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := mustRead(t, s.Store, k, -1)
	if err := rec.Check(); err != nil || !rec.Whole() {
		t.Fatalf("whole: %t, %v", rec.Whole(), err)
	}
	if !slices.Equal(rec.Targets, []ring.NodeID{7}) {
		t.Errorf("targets are %v", rec.Targets)
	}
}

func testMissingContent(t *testing.T, s *Subject) {
	k := key(1)
	err := s.Store.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		var dot clock.Dot
		change, err := add(h, clock.Clock{}, content(1, 5000), nil, &dot)
		change.Object = change.Object.Limit(0)
		return change, err
	})
	if err == nil {
		t.Error("a version without its content was stored")
	}
	wantAbsent(t, s.Store, k)
}

func testRemove(t *testing.T, s *Subject) {
	for i, size := range []int{10, 5000, 2 << 20} {
		mustPut(t, s.Store, key(i), content(i, size), 7)
		mustRemove(t, s.Store, key(i))
		wantAbsent(t, s.Store, key(i))
		mustRemove(t, s.Store, key(i)) // what is not there
	}
	stats := s.Store.Stats()
	if stats.Keys != 0 || stats.Bytes != 0 || len(stats.Hints) != 0 {
		t.Errorf("an empty store counts %+v", stats)
	}
}

func testNoWrite(t *testing.T, s *Subject) {
	mustPut(t, s.Store, key(1), content(1, 10))
	syncAll(t, s)
	before := s.Store.Stats()
	if before.Commits == 0 || before.WrittenBytes == 0 {
		t.Errorf("a put of 10 bytes counts as %d commits with %d bytes", before.Commits, before.WrittenBytes)
	}
	err := s.Store.Update(context.Background(), key(1), true, func(node.Held) (node.Change, error) {
		return node.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := s.Store.Stats(); after.Commits != before.Commits || after.WrittenBytes != before.WrittenBytes {
		t.Errorf("nothing counts as %d commits with %d bytes", after.Commits-before.Commits, after.WrittenBytes-before.WrittenBytes)
	}
	wantOnly(t, s.Store, key(1), content(1, 10))
}

func testChangeFails(t *testing.T, s *Subject) {
	mustPut(t, s.Store, key(1), content(1, 10))
	refused := errors.New("refused")
	err := s.Store.Update(context.Background(), key(1), true, func(node.Held) (node.Change, error) {
		return node.Change{Write: true}, refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("the error is %v", err)
	}
	wantOnly(t, s.Store, key(1), content(1, 10))
}

// testManySiblings stores what a merge may bring at once: it must not depend on how large a transaction may
// be.
func testManySiblings(t *testing.T, s *Subject) {
	k, siblings, size := key(1), 100, 512<<10
	var object node.Object
	for i := range siblings {
		c := content(i, size)
		v := clock.Version{Dot: clock.Dot{Actor: 99, Counter: uint64(i) + 1}, After: uint64(i), Content: c.Digest}
		object = node.MergeObjects(object, node.Object{Versions: clock.Set{v}, Contents: []*node.Content{c}})
	}
	err := s.Store.Update(context.Background(), k, true, func(node.Held) (node.Change, error) {
		return node.Change{Write: true, Object: object}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := mustRead(t, s.Store, k, -1)
	if !rec.Versions.Equal(object.Versions) || !rec.Whole() || rec.Size() != object.Size() {
		t.Fatalf("%d versions and %d bytes, want %d and %d", len(rec.Versions), rec.Size(), siblings, object.Size())
	}
	if err := rec.Check(); err != nil {
		t.Error(err)
	}
}
