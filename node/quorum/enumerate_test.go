package quorum

import (
	"fmt"
	"testing"
)

// places is the size of the spaces that are enumerated: every sequence of so many events over so many places.
const (
	places    = 3
	eventsMax = 4
)

// sequences calls f with every sequence of at most eventsMax events of the alphabet. f must not keep its
// argument.
func sequences[E any](alphabet []E, f func([]E)) {
	var extend func([]E)
	extend = func(so []E) {
		f(so)
		if len(so) == eventsMax {
			return
		}
		for _, e := range alphabet {
			extend(append(so, e))
		}
	}
	extend(make([]E, 0, eventsMax))
}

// Nodes 1 to 3 are the primaries of the places; two fallbacks may stand in at any of them.
const (
	fallback1 = 4
	fallback2 = 5
)

func primaryOf(place int) uint64 { return uint64(place) + 1 }

// failures stops a test that would print a million lines.
type failures struct {
	t     *testing.T
	count int
}

func (f *failures) add(format string, args ...any) {
	f.t.Helper()
	f.t.Errorf(format, args...)
	if f.count++; f.count == 10 {
		f.t.Fatal("and so on")
	}
}

func TestAResultIsNamed(t *testing.T) {
	for r, want := range map[Result]string{Pending: "pending", Met: "met", Unreachable: "unreachable"} {
		if got := fmt.Sprint(r); got != want {
			t.Errorf("%d is named %q, want %q", int(r), got, want)
		}
	}
}
