package storetest

import (
	"context"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

func testReopen(t *testing.T, s *Subject) {
	for i, size := range []int{0, 10, 2000, 300_000} {
		mustPut(t, s.Store, key(i), content(i, size), 7)
	}
	mustPut(t, s.Store, key(9), content(9, 5000))
	mustRemove(t, s.Store, key(9))
	since := mustRead(t, s.Store, key(1), 0).Since
	s.reopen(t, s.Reopen)
	for i, size := range []int{0, 10, 2000, 300_000} {
		wantOnly(t, s.Store, key(i), content(i, size))
		if rec := mustRead(t, s.Store, key(i), 0); len(rec.Targets) != 1 || rec.Targets[0] != 7 {
			t.Errorf("targets are %v", rec.Targets)
		}
	}
	wantAbsent(t, s.Store, key(9))
	if got := mustRead(t, s.Store, key(1), 0).Since; got != since {
		t.Errorf("since was %s and is %s", since, got)
	}
}

func testClaims(t *testing.T, s *Subject) {
	if claims := s.Store.Claims(); len(claims) != 0 {
		t.Fatalf("a new store claims %v", claims)
	}
	keys := sameRange(2)
	mustPut(t, s.Store, keys[0], content(1, 10))
	dot := mustPut(t, s.Store, keys[1], content(2, 10))
	if claims := s.Store.Claims(); len(claims) != 0 {
		t.Fatalf("an actor of this run is claimed: %v", claims)
	}
	s.reopen(t, s.Reopen)
	claims := s.Store.Claims()
	want := node.ActorClaim{Range: keys[0].RangeOf(Partitions), Actor: dot.Actor, Last: dot.Counter}
	if len(claims) != 1 || claims[0] != want {
		t.Fatalf("claims are %+v, want %+v", claims, want)
	}
	if own := held(t, s.Store, keys[0]).Own; own.Actor != dot.Actor || own.Counter != dot.Counter {
		t.Errorf("a claim awaits confirmation and own is %+v: nothing from outside could refute it", own)
	}
}

func testConfirm(t *testing.T, s *Subject) {
	before := mustPut(t, s.Store, key(1), content(1, 10))
	s.reopen(t, s.Reopen)
	if err := s.Store.Confirm(s.Store.Claims()); err != nil {
		t.Fatal(err)
	}
	if claims := s.Store.Claims(); len(claims) != 0 {
		t.Errorf("confirmed actors are still claimed: %v", claims)
	}
	own := held(t, s.Store, key(1)).Own
	if own.Actor != before.Actor || own.Counter != before.Counter {
		t.Errorf("own is %+v, want the last number found in the data, %s", own, before)
	}
	after := mustPut(t, s.Store, key(1), content(2, 10))
	if after.Actor != before.Actor || after.Counter <= before.Counter {
		t.Errorf("after %s came %s", before, after)
	}
	again := mustPut(t, s.Store, key(1), content(3, 10))
	if again.Counter != after.Counter+1 {
		t.Errorf("after %s came %s", after, again)
	}
}

func testUnconfirmed(t *testing.T, s *Subject) {
	before := mustPut(t, s.Store, key(1), content(1, 10))
	s.reopen(t, s.Reopen)
	claims := s.Store.Claims()
	after := mustPut(t, s.Store, key(1), content(2, 10))
	if after.Actor == before.Actor {
		t.Fatal("an actor was used that nobody confirmed")
	}
	if left := s.Store.Claims(); len(left) != 0 {
		t.Errorf("a replaced actor is still claimed: %v", left)
	}
	if err := s.Store.Confirm(claims); err != nil {
		t.Fatal(err)
	}
	if dot := mustPut(t, s.Store, key(1), content(3, 10)); dot.Actor != after.Actor || dot.Counter != after.Counter+1 {
		t.Errorf("a late confirmation changed %s to %s", after, dot)
	}
	wantOnly(t, s.Store, key(1), content(3, 10))
}

func testRefuted(t *testing.T, s *Subject) {
	keys := sameRange(2)
	before := mustPut(t, s.Store, keys[0], content(1, 10))
	s.reopen(t, s.Reopen)
	claims := s.Store.Claims()
	err := s.Store.Update(context.Background(), keys[1], false, func(node.Held) (node.Change, error) {
		o := foreign(1, before.Counter+1)
		o.Versions[0].Dot.Actor = before.Actor
		return node.Change{Write: true, Object: o}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Confirm(claims); err != nil {
		t.Fatal(err)
	}
	if dot := mustPut(t, s.Store, keys[0], content(2, 10)); dot.Actor == before.Actor {
		t.Errorf("%s was issued by an actor of which a higher number was seen before its confirmation", dot)
	}
}

func testSinceOfClaim(t *testing.T, s *Subject) {
	keys := sameRange(2)
	mustPut(t, s.Store, keys[0], content(1, 10))
	last := mustPut(t, s.Store, keys[0], content(2, 10))
	s.reopen(t, s.Reopen)
	err := s.Store.Update(context.Background(), keys[1], false, func(node.Held) (node.Change, error) {
		return node.Change{Write: true, Object: foreign(3, 4)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if since := mustRead(t, s.Store, keys[1], 0).Since; since != last {
		t.Errorf("a record born before the confirmation has since %s: what %s wrote to it earlier would be claimed", since, last.Actor)
	}
}

func testRetireReopen(t *testing.T, s *Subject) {
	mustPut(t, s.Store, key(1), content(1, 10))
	retire(t, s.Store, key(1))
	s.reopen(t, s.Reopen)
	if claims := s.Store.Claims(); len(claims) != 0 {
		t.Errorf("a retired actor is claimed: %v", claims)
	}
}

func testCrash(t *testing.T, s *Subject) {
	if !s.Store.Durable() {
		return // what was acknowledged in interval mode may be lost
	}
	for i := range 50 {
		mustPut(t, s.Store, key(i), content(i, 100*i), 7)
	}
	want := s.Store.Stats()
	s.reopen(t, s.Crash)
	for i := range 50 {
		wantOnly(t, s.Store, key(i), content(i, 100*i))
	}
	sameCounts(t, s.Store.Stats(), want)
}

func testCrashCounters(t *testing.T, s *Subject) {
	seen := make(map[clock.Dot]bool)
	for round := range 6 {
		for i := range 3 {
			dot := mustPut(t, s.Store, key(1), content(10*round+i, 10))
			if seen[dot] {
				t.Fatalf("%s was issued twice", dot)
			}
			seen[dot] = true
		}
		held(t, s.Store, key(1))
		s.reopen(t, s.Crash)
		if round%2 == 0 {
			if err := s.Store.Confirm(s.Store.Claims()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
