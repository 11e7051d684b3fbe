package storage

import (
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// TestSiblingsNameEachActorOnce: each event is an entry of the transaction, and siblings share their past.
func TestSiblingsNameEachActorOnce(t *testing.T) {
	var after record
	var seen clock.Clock
	for actor := range clock.Actor(20) {
		v := clock.Update(seen, clock.Set{}, clock.Source{Actor: actor + 1, Counter: 5})
		seen = clock.Set{v}.Context()
		after.versions = append(after.versions, v)
	}
	want := make(map[clock.Actor]uint64)
	for _, v := range after.versions {
		v.Clock().Each(func(a clock.Actor, run clock.Run) bool {
			want[a] = max(want[a], run.Upto)
			return true
		})
	}
	got := events(record{}, after)
	for _, dot := range got {
		if dot.Counter != want[dot.Actor] {
			t.Errorf("%s, and the highest of the actor is %d", dot, want[dot.Actor])
		}
	}
	if len(want) != 20 || len(got) != len(want) || !slices.IsSortedFunc(got, func(a, b clock.Dot) int { return int(a.Actor) - int(b.Actor) }) {
		t.Errorf("%d events for %d actors: %v", len(got), len(want), got)
	}
	if left := events(record{versions: after.versions}, after); len(left) != 0 {
		t.Errorf("what was held before is named again: %v", left)
	}
}
