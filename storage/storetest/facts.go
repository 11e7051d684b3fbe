package storetest

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func testKnowsNothing(t *testing.T, s *Subject) {
	if s.Store.Knows(node.Range{Partition: 0, N: 3}) {
		t.Error("a new store says that it is complete")
	}
}

func testKnows(t *testing.T, s *Subject) {
	a, b := node.Range{Partition: 1, N: 3}, node.Range{Partition: 1, N: 5}
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(inA, inB bool) {
		t.Helper()
		if s.Store.Knows(a) != inA || s.Store.Knows(b) != inB {
			t.Errorf("knows %t and %t, want %t and %t", s.Store.Knows(a), s.Store.Knows(b), inA, inB)
		}
	}
	set(s.Store.SetKnows(a, true))
	want(true, false)
	set(s.Store.SetKnowsAll(true))
	want(true, true)
	set(s.Store.SetKnows(b, false))
	want(true, false)
	set(s.Store.SetKnows(b, true))
	want(true, true)
	set(s.Store.SetKnows(a, false))
	set(s.Store.SetKnowsAll(false))
	want(false, false)
}

func testKnowsReopen(t *testing.T, s *Subject) {
	a, b := node.Range{Partition: 1, N: 3}, node.Range{Partition: 2, N: 3}
	if err := errors.Join(s.Store.SetKnowsAll(true), s.Store.SetKnows(a, false)); err != nil {
		t.Fatal(err)
	}
	s.reopen(t, s.Reopen)
	if s.Store.Knows(a) || !s.Store.Knows(b) {
		t.Errorf("knows %t and %t, want false and true", s.Store.Knows(a), s.Store.Knows(b))
	}
}

func testHoldsBucket(t *testing.T, s *Subject) {
	holds := func(bucket string, want bool) {
		t.Helper()
		got, err := s.Store.HoldsBucket(context.Background(), bucket)
		if err != nil || got != want {
			t.Errorf("holds %q: %t, %v; want %t", bucket, got, err, want)
		}
	}
	holds("fruit", false)
	mustPut(t, s.Store, key(1), nil) // a tombstone
	mustPut(t, s.Store, key(2), content(2, 10), 7)
	holds("fruit", true)
	for _, other := range []string{"frui", "fruits", "fru\x00", "f", "z"} {
		holds(other, false)
	}
	mustRemove(t, s.Store, key(1))
	holds("fruit", true)
	mustRemove(t, s.Store, key(2))
	holds("fruit", false)
}

func testHinted(t *testing.T, s *Subject) {
	const keys = 25
	want := make(map[node.Key]bool)
	for i := range keys {
		targets := []ring.NodeID{7}
		switch {
		case i%3 == 0:
			targets = []ring.NodeID{6, 7, 8}
		case i%5 == 0:
			targets = []ring.NodeID{8}
		}
		if i%5 != 0 || i%3 == 0 {
			want[key(i)] = true
		}
		mustPut(t, s.Store, key(i), content(i, 10), targets...)
	}
	five := node.NewKey("other", "key", 5)
	mustPut(t, s.Store, five, content(1, 10), 7)
	want[five] = true
	if got := pages(t, s.Store, 7, 4); !maps.Equal(got, want) {
		t.Errorf("%d hints are listed, want %d", len(got), len(want))
	}
	if got := pages(t, s.Store, 9, 4); len(got) != 0 {
		t.Errorf("%d hints are listed for a target without any", len(got))
	}
	// Delivered to 7: the record stays for the others, or goes.
	for k := range want {
		err := s.Store.Update(context.Background(), k, true, func(h node.Held) (node.Change, error) {
			if len(h.Targets) == 3 {
				return node.Change{Write: true, Object: h.Object, Targets: []ring.NodeID{6, 8}}, nil
			}
			return node.Change{Write: true}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := pages(t, s.Store, 7, 100); len(got) != 0 {
		t.Errorf("%d hints are listed after their delivery", len(got))
	}
	stats := s.Store.Stats()
	if len(stats.Hints) != 2 || stats.Hints[6].Count != 9 || stats.Hints[8].Count != 12 {
		t.Errorf("hints are counted as %v", stats.Hints)
	}
}

// testHintedOrder: pages are asked for by their last key, so the order is that of one disk and of the next.
// Where positions agree, a shorter name of a bucket comes first.
func testHintedOrder(t *testing.T, s *Subject) {
	var want []node.Key
	for _, k := range []node.Key{{Bucket: "b", Name: "z"}, {Bucket: "aa", Name: "y"}, {Bucket: "aa", Name: "z"}, {Bucket: "aaa", Name: "a"}} {
		k.N, k.Position = 3, 1<<40
		want = append(want, k)
		mustPut(t, s.Store, k, content(1, 10), 7)
	}
	var after node.Key
	for i := range want {
		got, err := s.Store.Hinted(context.Background(), 7, after, 1)
		if err != nil || len(got) != 1 || got[0] != want[i] {
			t.Fatalf("after %+v comes %+v, %v; want %+v", after, got, err, want[i])
		}
		after = got[0]
	}
}

// testDamageReopen: what was met in a run without a write is counted still.
func testDamageReopen(t *testing.T, s *Subject) {
	mustPut(t, s.Store, key(0), content(0, 10))
	if err := s.Damage(key(0)); err != nil {
		t.Fatal(err)
	}
	s.reopen(t, s.Reopen)
	if _, err := s.Store.Read(context.Background(), key(0), -1); !errors.Is(err, node.ErrDamaged) {
		t.Errorf("a damaged object is read with %v", err)
	}
	want := s.Store.Stats().Damaged
	s.reopen(t, s.Reopen)
	if got := s.Store.Stats().Damaged; got != want || want < 1 {
		t.Errorf("%d damaged objects after a restart, %d before", got, want)
	}
}

// pages walks through all hints of a target and checks that no page is too long and no key comes twice.
func pages(t *testing.T, s node.Store, target ring.NodeID, limit int) map[node.Key]bool {
	t.Helper()
	out := make(map[node.Key]bool)
	var after node.Key
	for {
		page, err := s.Hinted(context.Background(), target, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > limit {
			t.Fatalf("a page of %d, asked for %d", len(page), limit)
		}
		if len(page) == 0 {
			return out
		}
		for _, k := range page {
			if out[k] {
				t.Fatalf("%q is listed twice", k.Name)
			}
			out[k] = true
		}
		after = page[len(page)-1]
	}
}

// testStats compares the figures with sums taken over what was written.
func testStats(t *testing.T, s *Subject) {
	fill(t, s.Store)
	got := s.Store.Stats()
	want := node.StoreStats{
		Keys:  4,
		Bytes: size(0, 100) + size(1, 3000) + size(12, 70_000) + size(22, 5),
		Hints: map[ring.NodeID]node.HintStats{
			7: {Count: 2, Bytes: size(0, 100) + size(1, 3000)},
			8: {Count: 1, Bytes: size(1, 3000)},
			9: {Count: 1, Bytes: 0},
		},
	}
	sameCounts(t, got, want)
}

// fill leaves two hints, a value that was overwritten and has a sibling, a tombstone that is hinted.
func fill(t *testing.T, s node.Store) {
	t.Helper()
	mustPut(t, s, key(0), content(0, 100), 7)
	mustPut(t, s, key(1), content(1, 3000), 7, 8)
	mustPut(t, s, key(2), content(2, 9))
	mustPut(t, s, key(2), content(12, 70_000))
	mustSibling(t, s, key(2), content(22, 5))
	mustPut(t, s, key(3), content(3, 4000))
	mustPut(t, s, key(3), nil, 9)
	mustPut(t, s, key(4), content(4, 4000))
	mustRemove(t, s, key(4))
}

func size(seed, length int) int64 { return int64(content(seed, length).Size) }

func sameCounts(t *testing.T, got, want node.StoreStats) {
	t.Helper()
	if got.Keys != want.Keys || got.Bytes != want.Bytes || !maps.Equal(got.Hints, want.Hints) {
		t.Errorf("counted %d keys, %d bytes, hints %v; want %d, %d, %v",
			got.Keys, got.Bytes, got.Hints, want.Keys, want.Bytes, want.Hints)
	}
}

func testStatsReopen(t *testing.T, s *Subject) {
	fill(t, s.Store)
	want := s.Store.Stats()
	s.reopen(t, s.Reopen)
	sameCounts(t, s.Store.Stats(), want)
}

func testDamage(t *testing.T, s *Subject) {
	for i, size := range []int{10, 50_000} {
		mustPut(t, s.Store, key(i), content(i, size))
		if err := s.Damage(key(i)); err != nil {
			t.Fatal(err)
		}
		before := s.Store.Stats().Damaged
		for range 3 {
			if rec, err := s.Store.Read(context.Background(), key(i), -1); !errors.Is(err, node.ErrDamaged) {
				t.Errorf("a damaged object was read as %+v, %v", rec, err)
			}
		}
		if after := s.Store.Stats().Damaged; after != before+1 {
			t.Errorf("one damaged object is counted as %d: %d, then %d", after-before, before, after)
		}
	}
	if _, err := put(s.Store, key(0), content(9, 10)); !errors.Is(err, node.ErrDamaged) {
		t.Errorf("an update of a damaged object gave %v", err)
	}
	mustPut(t, s.Store, key(5), content(5, 10))
	wantOnly(t, s.Store, key(5), content(5, 10))
}

func testFull(t *testing.T, s *Subject) {
	mustPut(t, s.Store, key(1), content(1, 5000))
	s.SetFull(true)
	if _, err := put(s.Store, key(1), content(2, 10)); !errors.Is(err, node.ErrDiskFull) {
		t.Errorf("a write to a full disk gave %v", err)
	}
	if _, err := put(s.Store, key(2), content(2, 10)); !errors.Is(err, node.ErrDiskFull) {
		t.Errorf("a write to a full disk gave %v", err)
	}
	if !s.Store.Stats().Full {
		t.Error("stats do not say that the disk is full")
	}
	wantOnly(t, s.Store, key(1), content(1, 5000))
	wantAbsent(t, s.Store, key(2))
	held(t, s.Store, key(1)) // an update that writes nothing
	s.SetFull(false)
	mustPut(t, s.Store, key(2), content(2, 10))
	wantOnly(t, s.Store, key(2), content(2, 10))
}
