package clock_test

import (
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// TestVersionsThatDifferInAnythingAreOrdered: the order is total, so that every replica keeps different
// versions under one dot, which only damage can bring about, in the same order.
func TestVersionsThatDifferInAnythingAreOrdered(t *testing.T) {
	base := func() clock.Version {
		return clock.Version{Dot: clock.Dot{Actor: 2, Counter: 9}, After: 3, Past: parseClock(t, "1(0,3] 2(0,3]"),
			Content: clock.Digest{5}, Coordinator: 6, Wall: 7}
	}
	versions := []clock.Version{base()}
	for _, change := range []func(*clock.Version){
		func(v *clock.Version) { v.Dot.Actor = 3 },
		func(v *clock.Version) { v.Dot.Counter = 10 },
		func(v *clock.Version) { v.After = 4 },
		func(v *clock.Version) { v.Past = parseClock(t, "1(0,3]") },
		func(v *clock.Version) { v.Past = parseClock(t, "1(1,3] 2(0,3]") },
		func(v *clock.Version) { v.Past = parseClock(t, "1(0,2] 2(0,3]") },
		func(v *clock.Version) { v.Tombstone = true },
		func(v *clock.Version) { v.Content[15] = 1 },
		func(v *clock.Version) { v.Coordinator = 0 },
		func(v *clock.Version) { v.Wall = -1 },
	} {
		v := base()
		change(&v)
		versions = append(versions, v)
	}
	for i, v := range versions {
		for j, w := range versions {
			if (v.Compare(w) == 0) != (i == j) || v.Compare(w) != -w.Compare(v) || v.Equal(w) != (i == j) {
				t.Errorf("version %d against %d: %d, and back %d", i, j, v.Compare(w), w.Compare(v))
			}
			if both := clock.Sync(clock.Set{v}, clock.Set{w}); i != j && v.Dot == w.Dot && len(both) != 2 {
				t.Errorf("versions %d and %d under one dot leave %v", i, j, both)
			}
			for k, x := range versions {
				if v.Compare(w) < 0 && w.Compare(x) < 0 && v.Compare(x) >= 0 {
					t.Errorf("%d, %d, %d go round in a circle", i, j, k)
				}
			}
		}
	}
}

func TestATombstoneIsNoTwinOfAnEmptyValue(t *testing.T) {
	v, w := clock.Version{Tombstone: true}, clock.Version{}
	if v.Twin(w) || w.Twin(v) || !v.Twin(v) {
		t.Error("twins")
	}
}

func TestUpdateRefusesANumberThatWasIssued(t *testing.T) {
	for name, test := range map[string]struct {
		context, known string
		counter, since uint64
	}{
		"in the record":         {"", "1(0,5]", 5, 0},
		"in the context":        {"1(0,5]", "", 4, 0},
		"before the record was": {"", "", 5, 5},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was given out again")
				}
			}()
			set := clock.Set{{Dot: clock.Dot{Actor: 2, Counter: 1}, Past: parseClock(t, test.known)}}
			clock.Update(parseClock(t, test.context), set, clock.Source{Actor: 1, Counter: test.counter, Since: test.since})
		})
	}
}

func TestEachStopsWhenItIsTold(t *testing.T) {
	n := 0
	parseClock(t, "1(0,1] 1(2,3] 2(0,1]").Each(func(clock.Actor, clock.Run) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("%d runs", n)
	}
}

func TestTwoVersionsUnderOneDotAreBothKeptAndReported(t *testing.T) {
	dot := clock.Dot{Actor: 1, Counter: 1}
	a := clock.Set{{Dot: dot, Content: clock.Digest{1}}}
	b := clock.Set{{Dot: dot, Content: clock.Digest{2}}}
	both := clock.Sync(b, a)
	if len(both) != 2 || !both.Equal(clock.Sync(a, b)) || fmt.Sprint(both.SharedDots()) != fmt.Sprint([]clock.Dot{dot}) {
		t.Errorf("%v, shared %v", both, both.SharedDots())
	}
	third := clock.Sync(both, clock.Set{{Dot: dot, Content: clock.Digest{3}}})
	if len(third) != 3 || len(third.SharedDots()) != 1 {
		t.Errorf("%v, shared %v", third, third.SharedDots())
	}
	if shared := a.SharedDots(); len(shared) != 0 {
		t.Errorf("shared %v", shared)
	}
	seen := clock.Update(both.Context(), both, clock.Source{Actor: 2, Counter: 1})
	if left := clock.Sync(both, clock.Set{seen}); len(left) != 1 {
		t.Errorf("a write that had seen both leaves %v", left)
	}
}

func TestReadersSeeTwinsOnceAndNoTombstones(t *testing.T) {
	content := clock.Digest{7}
	set := clock.Set{
		{Dot: clock.Dot{Actor: 1, Counter: 1}, Tombstone: true},
		{Dot: clock.Dot{Actor: 2, Counter: 1}, Content: content},
		{Dot: clock.Dot{Actor: 2, Counter: 2}, After: 1, Content: content},
		{Dot: clock.Dot{Actor: 3, Counter: 1}},
	}
	visible := set.Visible()
	if len(visible) != 2 || visible[0].Dot != set[1].Dot || visible[1].Dot != set[3].Dot {
		t.Errorf("visible: %v", visible)
	}
	if got := set.Context().String(); got != "0000000000000001(0,1] 0000000000000002(0,2] 0000000000000003(0,1]" {
		t.Errorf("the context covers %s", got)
	}
}
