package clock_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/clock/baseline"
)

// paper reads clocks in the papers' notation.
type paper struct {
	*testing.T
	*names
}

// runClockCase runs one operation on clocks in the papers' notation.
func runClockCase(t *testing.T, i int, c baseline.ClockCase) {
	t.Run(fmt.Sprintf("%d %s", i+1, c.Op), func(t *testing.T) {
		p := paper{t, newNames()}
		switch c.Op {
		case "history":
			want := expect[[]string](t, c)
			slices.Sort(want)
			if got := p.events(p.clock(c.Clock)); !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		case "compare":
			if got, want := p.clock(c.Left).Compare(p.clock(c.Right)), expect[string](t, c); got.String() != want {
				t.Errorf("%v, want %s", got, want)
			}
		case "sync":
			all := slices.Concat(c.S1, c.S2)
			got := clock.Sync(p.versions(c.S1, all), p.versions(c.S2, all))
			p.sameClocks(got, expect[[]baseline.PaperClock](t, c))
		case "update":
			held := p.versions(c.SR, slices.Concat(c.S, c.SR))
			r := p.actor(c.R)
			got := clock.Update(p.join(c.S), held, clock.Source{Actor: r, Counter: held.Context().Last(r) + 1})
			if want := p.clock(expect[baseline.PaperClock](t, c)); !got.Clock().Equal(want) {
				t.Errorf("%s, want %s", got.Clock(), want)
			}
		case "context":
			var want clock.Clock
			for id, n := range expect[map[string]uint64](t, c) {
				want = want.Join(clock.Of(p.actor(id), clock.Run{Upto: n}))
			}
			if got := p.join(c.S); !got.Equal(want) {
				t.Errorf("%s, want %s", got, want)
			}
		default:
			t.Fatalf("unknown operation %q", c.Op)
		}
	})
}

func expect[T any](t *testing.T, c baseline.ClockCase) T {
	t.Helper()
	var want T
	if err := json.Unmarshal(c.Expect, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// clock gives the runs of a clock in the papers' notation.
func (p paper) clock(entries baseline.PaperClock) clock.Clock {
	var c clock.Clock
	for _, e := range entries {
		if e.Upto > 0 {
			c = c.Join(clock.Of(p.actor(e.ID), clock.Run{Upto: e.Upto}))
		}
		if e.Dot > 0 {
			c = c.Join(only(clock.Dot{Actor: p.actor(e.ID), Counter: e.Dot}))
		}
	}
	return c
}

func (p paper) join(clocks []baseline.PaperClock) clock.Clock {
	var c clock.Clock
	for _, entries := range clocks {
		c = c.Join(p.clock(entries))
	}
	return c
}

// versions finds the dot of each clock, which the papers' notation leaves open: an event that no clock of
// the case holds without holding this whole clock.
func (p paper) versions(clocks, all []baseline.PaperClock) clock.Set {
	p.Helper()
	var set clock.Set
	for _, entries := range clocks {
		c := p.clock(entries)
		i := slices.IndexFunc(dotsOf(c), func(dot clock.Dot) bool {
			return !slices.ContainsFunc(all, func(o baseline.PaperClock) bool {
				return p.clock(o).Covers(dot) && !p.clock(o).Includes(c)
			})
		})
		if i < 0 {
			p.Fatalf("%s: no event of it can be its dot: no reachable state has this clock", c)
		}
		dot := dotsOf(c)[i]
		v := clock.Version{Dot: dot, After: dot.Counter - 1}
		for _, d := range slices.Delete(dotsOf(c), i, i+1) {
			v.Past = v.Past.Join(only(d))
		}
		set = append(set, v)
	}
	slices.SortFunc(set, clock.Version.Compare)
	return slices.CompactFunc(set, clock.Version.Equal)
}

func (p paper) sameClocks(got clock.Set, want []baseline.PaperClock) {
	p.Helper()
	var a, b []string
	for _, v := range got {
		a = append(a, v.Clock().String())
	}
	for _, entries := range want {
		b = append(b, p.clock(entries).String())
	}
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		p.Errorf("%q, want %q", a, b)
	}
}
