package actors

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// memoryLog keeps entries as a disk would.
type memoryLog struct {
	mu      sync.Mutex
	entries []Entry
	fails   error
}

func (l *memoryLog) Append(entries ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails != nil {
		return l.fails
	}
	l.entries = append(l.entries, entries...)
	return nil
}

var one = node.Range{Partition: 1, N: 3}

func nothingSeen(node.Range, clock.Actor) (uint64, error) { return 0, nil }

func mustOpen(t *testing.T, log *memoryLog, highest Highest, draw func() uint64) *Book {
	t.Helper()
	b, dropped, err := Open(log, slices.Clone(log.entries), highest, draw, 5)
	if err != nil || len(dropped) > 0 {
		t.Fatalf("dropped %v, %v", dropped, err)
	}
	return b
}

func mustIssue(t *testing.T, b *Book, r node.Range) clock.Dot {
	t.Helper()
	dot, err := b.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	return dot
}

// TestNoDotIsIssuedTwice lives through seeded lives of starts, writes, confirmations, retirements and ends,
// where of each life the data keep any number of the last writes, and of each reservation the log keeps all.
func TestNoDotIsIssuedTwice(t *testing.T) {
	for seed := range uint64(300) {
		chance := rand.New(rand.NewPCG(seed, 1))
		log := &memoryLog{}
		issued := make(map[clock.Dot]bool)
		seen := make(map[seenKey]uint64) // what the data hold
		highest := func(r node.Range, a clock.Actor) (uint64, error) { return seen[seenKey{r, a}], nil }
		for life := range 12 {
			b := mustOpen(t, log, highest, chance.Uint64)
			if chance.IntN(2) == 0 {
				if err := b.Confirm(b.Claims(), highest); err != nil {
					t.Fatal(err)
				}
			}
			for range chance.IntN(20) {
				r := node.Range{Partition: chance.IntN(2), N: 3}
				if chance.IntN(10) == 0 {
					if err := b.Retire(r, b.Own(r).Actor); err != nil {
						t.Fatal(err)
					}
					continue
				}
				before := b.Own(r)
				dot := mustIssue(t, b, r)
				if issued[dot] {
					t.Fatalf("seed %d, life %d: %s was issued twice (go test -run TestNoDotIsIssuedTwice ./storage/actors)", seed, life, dot)
				}
				if dot.Actor == before.Actor && dot.Counter <= before.Counter {
					t.Fatalf("seed %d, life %d: %s was issued after %s", seed, life, dot, before)
				}
				if own := b.Own(r); own != dot {
					t.Fatalf("seed %d, life %d: own is %s after %s", seed, life, own, dot)
				}
				issued[dot] = true
				if chance.IntN(3) > 0 { // else the write fails, or is lost with the crash
					seen[seenKey{r, dot.Actor}] = dot.Counter
				}
			}
		}
	}
}

type seenKey struct {
	r     node.Range
	actor clock.Actor
}

func TestARestartGoesOnAboveTheReserve(t *testing.T) {
	log := &memoryLog{}
	b := mustOpen(t, log, nothingSeen, rand.Uint64)
	if own := b.Own(one); own != (clock.Dot{}) {
		t.Errorf("a new book has %s", own)
	}
	first := mustIssue(t, b, one)
	for range 6 {
		mustIssue(t, b, one)
	}
	if len(log.entries) != 2 { // of blocks of five
		t.Errorf("seven numbers took the reservations %v", log.entries)
	}
	b = mustOpen(t, log, func(node.Range, clock.Actor) (uint64, error) { return 4, nil }, rand.Uint64)
	want := []node.ActorClaim{{Range: one, Actor: first.Actor, Last: 4}}
	if claims := b.Claims(); !slices.Equal(claims, want) {
		t.Errorf("claims are %v, want %v", claims, want)
	}
	if own := b.Own(one); own != (clock.Dot{Actor: first.Actor, Counter: 4}) {
		t.Errorf("own is %s", own)
	}
	if err := b.Confirm(want, func(node.Range, clock.Actor) (uint64, error) { return 4, nil }); err != nil {
		t.Fatal(err)
	}
	if dot := mustIssue(t, b, one); dot != (clock.Dot{Actor: first.Actor, Counter: 11}) {
		t.Errorf("after the restart %s is issued", dot)
	}
}

func TestAnActorAboveItsReserveIsDropped(t *testing.T) {
	log := &memoryLog{entries: []Entry{{one, 7, 100}}}
	above := func(node.Range, clock.Actor) (uint64, error) { return 101, nil }
	b, dropped, err := Open(log, log.entries, above, rand.Uint64, 0)
	if err != nil || len(dropped) != 1 || len(b.Claims()) != 0 {
		t.Fatalf("dropped %v, claims %v, %v", dropped, b.Claims(), err)
	}
	if last := log.entries[len(log.entries)-1]; last != (Entry{Range: one}) {
		t.Errorf("the log ends in %v", last)
	}
	if dot := mustIssue(t, b, one); dot.Actor == 7 {
		t.Errorf("%s was issued", dot)
	}
}

func TestNoActorIsDrawnWithoutBits(t *testing.T) {
	draws := []uint64{0, 0, 9}
	b := mustOpen(t, &memoryLog{}, nothingSeen, func() uint64 {
		d := draws[0]
		draws = draws[1:]
		return d
	})
	if dot := mustIssue(t, b, one); dot.Actor != 9 {
		t.Errorf("actor %s", dot.Actor)
	}
}

func TestALogThatFailsIssuesNothing(t *testing.T) {
	log := &memoryLog{}
	b := mustOpen(t, log, nothingSeen, rand.Uint64)
	for range 5 {
		mustIssue(t, b, one)
	}
	log.fails = errors.New("no room")
	for _, do := range []func() error{
		func() error { _, err := b.Issue(one); return err },
		func() error { _, err := b.Issue(node.Range{Partition: 2, N: 3}); return err },
		func() error { return b.Retire(one, b.Own(one).Actor) },
	} {
		if err := do(); !errors.Is(err, log.fails) {
			t.Errorf("the error is %v", err)
		}
	}
	own := b.Own(one)
	log.fails = nil
	if dot := mustIssue(t, b, one); dot.Actor != own.Actor || dot.Counter != 6 {
		t.Errorf("after the log's recovery %s is issued, own was %s", dot, own)
	}
}
