package clock_test

import (
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// numbered gives the clock of the numbers whose bits are set, one event at a time: bits 0 to 5 are the
// numbers 1 to 6 of actor 1, the next six those of actor 2, and so on.
func numbered(bits uint) clock.Clock {
	var c clock.Clock
	for i := range 12 {
		if bits>>i&1 == 1 {
			c = c.Join(only(numberedDot(i)))
		}
	}
	return c
}

func numberedDot(i int) clock.Dot {
	return clock.Dot{Actor: clock.Actor(1 + i/6), Counter: uint64(1 + i%6)}
}

// TestClocksAreSetsOfEvents enumerates all pairs of clocks over six numbers of one actor, and over three
// numbers of each of two.
func TestClocksAreSetsOfEvents(t *testing.T) {
	for name, spread := range map[string]func(uint) uint{
		"one actor":  func(n uint) uint { return n },
		"two actors": func(n uint) uint { return n&7 | n>>3<<6 },
	} {
		t.Run(name, func(t *testing.T) {
			for x := range uint(64) {
				a := numbered(spread(x))
				holds(t, a, spread(x))
				for y := range uint(64) {
					pair(t, a, numbered(spread(y)), spread(x), spread(y))
				}
			}
		})
	}
}

// holds checks everything that can be asked of one clock.
func holds(t *testing.T, c clock.Clock, bits uint) {
	t.Helper()
	canonical(t, c)
	last := map[clock.Actor]uint64{}
	for i := range 12 {
		d := numberedDot(i)
		if want := bits>>i&1 == 1; c.Covers(d) != want {
			t.Errorf("%s covers %s: %t", c, d, !want)
		} else if want {
			last[d.Actor] = d.Counter
		}
	}
	for a := range clock.Actor(4) {
		if c.Last(a) != last[a] {
			t.Errorf("the last of %s by %s is %d, not %d", c, a, c.Last(a), last[a])
		}
	}
	if c.Covers(clock.Dot{Actor: 1}) || c.Covers(clock.Dot{Actor: 1, Counter: 7}) || c.Covers(clock.Dot{Actor: 3, Counter: 1}) {
		t.Errorf("%s covers what it was never given", c)
	}
	if c.Actors() != len(last) || c.IsEmpty() != (bits == 0) {
		t.Errorf("%s has %d actors, empty %t", c, c.Actors(), c.IsEmpty())
	}
	runs := 0
	c.Each(func(clock.Actor, clock.Run) bool { runs++; return true })
	if c.Runs() != runs {
		t.Errorf("%s has %d runs, not %d", c, runs, c.Runs())
	}
}

// pair checks everything that can be asked of two.
func pair(t *testing.T, a, b clock.Clock, x, y uint) {
	t.Helper()
	ab := a.Join(b)
	holds(t, ab, x|y)
	if !ab.Equal(b.Join(a)) || !ab.Equal(numbered(x|y)) {
		t.Errorf("%s joined with %s is %s", a, b, ab)
	}
	if a.Includes(b) != (x&y == y) {
		t.Errorf("%s includes %s: %t", a, b, a.Includes(b))
	}
	if a.Equal(b) != (x == y) {
		t.Errorf("%s equals %s: %t", a, b, a.Equal(b))
	}
	want := clock.Concurrent
	switch {
	case x == y:
		want = clock.Equal
	case x&y == x:
		want = clock.Before
	case x&y == y:
		want = clock.After
	}
	if got := a.Compare(b); got != want {
		t.Errorf("%s is %s %s, want %s", a, got, b, want)
	}
	if same := slices.Equal(clock.AppendClock(nil, a), clock.AppendClock(nil, b)); same != (x == y) {
		t.Errorf("%s and %s have the same encoding: %t", a, b, same)
	}
}

// TestEncodingsComeBackForAllSmallClocks also on both sides of the last numbers that there are.
func TestEncodingsComeBackForAllSmallClocks(t *testing.T) {
	for bits := range uint(1 << 12) {
		c := numbered(bits)
		if back, rest, err := clock.DecodeClock(clock.AppendClock(nil, c)); err != nil || len(rest) > 0 || !back.Equal(c) {
			t.Errorf("%s came back as %s, %v", c, back, err)
		}
		var high clock.Clock
		c.Each(func(a clock.Actor, r clock.Run) bool {
			const top = ^uint64(0) - 6
			high = high.Join(clock.Of(^a, clock.Run{After: top + r.After, Upto: top + r.Upto}))
			return true
		})
		if back, rest, err := clock.DecodeClock(clock.AppendClock(nil, high)); err != nil || len(rest) > 0 || !back.Equal(high) {
			t.Errorf("%s came back as %s, %v", high, back, err)
		}
	}
}

func TestAnEmptyRunIsABugOfTheCaller(t *testing.T) {
	for name, f := range map[string]func(){
		"empty":      func() { clock.Of(1, clock.Run{After: 3, Upto: 3}) },
		"backwards":  func() { clock.Of(1, clock.Run{After: 4, Upto: 3}) },
		"actor zero": func() { clock.Of(0, clock.Run{Upto: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was taken")
				}
			}()
			f()
		})
	}
}
