package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// sameRange gives that many keys of one range.
func sameRange(count int) []node.Key {
	var out []node.Key
	for i := 0; len(out) < count; i++ {
		if k := key(i); len(out) == 0 || k.RangeOf(Partitions) == out[0].RangeOf(Partitions) {
			out = append(out, k)
		}
	}
	return out
}

// held shows what an update of the key is given.
func held(t *testing.T, s node.Store, k node.Key) node.Held {
	t.Helper()
	var out node.Held
	err := s.Update(context.Background(), k, false, func(h node.Held) (node.Change, error) {
		out = h
		return node.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func testCounters(t *testing.T, s *Subject) {
	const writers, writes = 8, 300
	keys := sameRange(writers)
	var mu sync.Mutex
	seen := make(map[clock.Dot]bool)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			last := uint64(0)
			for range writes {
				err := s.Store.Update(context.Background(), keys[w], false, func(h node.Held) (node.Change, error) {
					source, err := h.Issue()
					if err != nil {
						return node.Change{}, err
					}
					mu.Lock()
					defer mu.Unlock()
					dot := clock.Dot{Actor: source.Actor, Counter: source.Counter}
					if seen[dot] || dot.Counter <= last || dot.Counter <= h.Own.Counter {
						t.Errorf("number %s was issued after %s, own %+v", dot, fmt.Sprint(last), h.Own)
					}
					seen[dot], last = true, dot.Counter
					return node.Change{}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(seen) != writers*writes {
		t.Errorf("%d numbers for %d writes", len(seen), writers*writes)
	}
	if own := held(t, s.Store, keys[0]).Own; own.Counter != writers*writes {
		t.Errorf("the last number issued is said to be %d, not %d", own.Counter, writers*writes)
	}
}

func testActorsPerRange(t *testing.T, s *Subject) {
	byRange, byActor := make(map[node.Range]clock.Actor), make(map[clock.Actor]node.Range)
	for i := range 40 {
		k := key(i)
		dot, r := mustPut(t, s.Store, k, content(i, 10)), k.RangeOf(Partitions)
		if a, known := byRange[r]; known && a != dot.Actor {
			t.Errorf("range %v writes under two actors", r)
		}
		if o, known := byActor[dot.Actor]; known && o != r {
			t.Errorf("one actor writes in ranges %v and %v", o, r)
		}
		byRange[r], byActor[dot.Actor] = dot.Actor, r
	}
	if len(byRange) < 2 {
		t.Fatal("all keys fell into one range")
	}
}

func testSince(t *testing.T, s *Subject) {
	keys := sameRange(3)
	if own := held(t, s.Store, keys[0]).Own; own != (clock.Source{}) {
		t.Errorf("a range that was never written to has the actor %+v", own)
	}
	mustPut(t, s.Store, keys[0], content(0, 10))
	mustPut(t, s.Store, keys[0], content(1, 10))
	dot := mustPut(t, s.Store, keys[1], content(2, 10))
	if dot.Counter != 3 {
		t.Fatalf("the third write of the range is %s", dot)
	}
	rec := mustRead(t, s.Store, keys[1], 0)
	if want := (clock.Dot{Actor: dot.Actor, Counter: 2}); rec.Since != want {
		t.Errorf("the record came into being at %s, want %s", rec.Since, want)
	}
	if after := rec.Versions[0].After; after != 2 {
		t.Errorf("its first version claims what is above %d, want 2", after)
	}
	mustPut(t, s.Store, keys[0], content(3, 10))
	mustPut(t, s.Store, keys[1], content(4, 10))
	if got := mustRead(t, s.Store, keys[1], 0).Since; got != rec.Since {
		t.Errorf("since moved from %s to %s", rec.Since, got)
	}
	// A record that a merge brings, without a number of its own.
	err := s.Store.Update(context.Background(), keys[2], false, func(h node.Held) (node.Change, error) {
		if h.Own.Counter != 5 || h.Own.Since != 5 {
			t.Errorf("own is %+v, want 5 since 5", h.Own)
		}
		return node.Change{Write: true, Object: foreign(1, 10)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, s.Store, keys[2], 0).Since; got.Counter != 5 {
		t.Errorf("a merged record came into being at %s, want 5", got)
	}
	// A record that was forgotten begins anew.
	mustRemove(t, s.Store, keys[0])
	mustPut(t, s.Store, keys[0], content(5, 10))
	if got := mustRead(t, s.Store, keys[0], 0).Since; got.Counter != 5 {
		t.Errorf("a record written anew came into being at %s, want 5", got)
	}
}

// foreign is an object written elsewhere.
func foreign(seed int, counter uint64) node.Object {
	c := content(seed, 10)
	return node.Object{
		Versions: clock.Set{{Dot: clock.Dot{Actor: 77, Counter: counter}, After: counter - 1, Content: c.Digest}},
		Contents: []*node.Content{c},
	}
}

func testSinceOfAnother(t *testing.T, s *Subject) {
	keys := sameRange(2)
	mustPut(t, s.Store, keys[0], content(0, 10))
	mustPut(t, s.Store, keys[1], content(1, 10))
	since := mustRead(t, s.Store, keys[1], 0).Since
	if since.Counter != 1 {
		t.Fatalf("since is %s", since)
	}
	retire(t, s.Store, keys[0])
	dot := mustPut(t, s.Store, keys[1], content(2, 10))
	if dot.Counter != 1 || dot.Actor == since.Actor {
		t.Fatalf("after retiring the next number is %s", dot)
	}
	rec := mustRead(t, s.Store, keys[1], 0)
	if rec.Versions[0].After != 0 {
		t.Errorf("a fresh actor's first version claims what is above %d", rec.Versions[0].After)
	}
	if rec.Since != since {
		t.Errorf("since moved from %s to %s", since, rec.Since)
	}
	if own := held(t, s.Store, keys[1]).Own; own.Actor != dot.Actor || own.Since != 0 {
		t.Errorf("own is %+v, want since 0", own)
	}
}

func retire(t *testing.T, s node.Store, k node.Key) {
	t.Helper()
	err := s.Update(context.Background(), k, false, func(node.Held) (node.Change, error) {
		return node.Change{Retire: true}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testRetire(t *testing.T, s *Subject) {
	first := mustPut(t, s.Store, key(1), content(1, 10))
	retire(t, s.Store, key(1))
	if own := held(t, s.Store, key(1)).Own; own != (clock.Source{}) {
		t.Errorf("after retiring own is %+v", own)
	}
	second := mustPut(t, s.Store, key(1), content(2, 10))
	if second.Actor == first.Actor {
		t.Error("a retired actor was used again")
	}
	wantOnly(t, s.Store, key(1), content(2, 10))
}

func testHighestSeen(t *testing.T, s *Subject) {
	k := key(1)
	r := k.RangeOf(Partitions)
	highest := func(a clock.Actor) uint64 {
		t.Helper()
		n, err := s.Store.HighestSeen(r, a)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := highest(77); n != 0 {
		t.Fatalf("an actor that was never heard of stands at %d", n)
	}
	dot := mustPut(t, s.Store, k, content(1, 10))
	err := s.Store.Update(context.Background(), k, true, func(h node.Held) (node.Change, error) {
		o := foreign(1, 41)
		o.Versions[0].Past = clock.Of(66, clock.Run{After: 3, Upto: 9})
		return node.Change{Write: true, Object: node.MergeObjects(h.Object, o)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustRemove(t, s.Store, k)
	if a, b, c := highest(77), highest(66), highest(dot.Actor); a != 41 || b != 9 || c != dot.Counter {
		t.Errorf("the highest numbers are %d, %d and %d; want 41, 9 and %d", a, b, c, dot.Counter)
	}
	if n, _ := s.Store.HighestSeen(node.Range{Partition: r.Partition, N: 5}, 77); n != 0 {
		t.Errorf("another range has seen %d", n)
	}
}
