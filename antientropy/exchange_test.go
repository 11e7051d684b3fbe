package antientropy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAnExchangeFindsExactlyTheKeysThatDiffer(t *testing.T) {
	eachSeed(t, 300, func(t *testing.T, rng *rand.Rand) {
		local, remote := anyPair(rng)
		level := rng.IntN(LevelMax + 1)
		got, report, err := collect(Exchange{Extent: local.extent, Local: local.side(), Remote: wired(t, remote.side()), Level: level})
		if err != nil || !report.Done || report.Next != (Key{}) {
			t.Errorf("it ended with %+v, %v", report, err)
		}
		if want := differences(local, remote); !slices.Equal(got, want) {
			t.Errorf("down to level %d it found %d keys in place of %d", level, len(got), len(want))
		}
		if report.Differences != int64(len(got)) || report.Barren != 0 {
			t.Errorf("of copies at rest it reports %+v", report)
		}
	})
}

func TestBothSidesFindTheSame(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, rng *rand.Rand) {
		one, other := anyPair(rng)
		here, _, err1 := collect(Exchange{Extent: one.extent, Local: one.side(), Remote: other.side()})
		there, _, err2 := collect(Exchange{Extent: one.extent, Local: other.side(), Remote: one.side()})
		for i := range there {
			there[i].Local, there[i].Remote = there[i].Remote, there[i].Local
		}
		if err1 != nil || err2 != nil || !slices.Equal(here, there) {
			t.Errorf("%d and %d keys: %v, %v", len(here), len(there), err1, err2)
		}
	})
}

// A copy without keys is what an emptied node has, and one with many keys in a span is listed in pages.
func TestAnEmptyCopyFindsAllKeysOfAnother(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   int
		spread uint64 // between two keys
	}{
		{"spread over the ring", 10_000, 1 << 50},
		{"all at one position", 3_000, 0},
		{"one page", KeysMax, 1 << 50},
		{"one page and a key", KeysMax + 1, 1 << 50},
	} {
		full, empty := newModel(Extent{}, 1), newModel(Extent{}, 1)
		for i := range uint64(c.keys) {
			full.put(Key{i * c.spread, fmt.Sprintf("key %06d", i)}, "s")
		}
		for _, way := range []struct {
			local, remote *model
			roundsMax     int
		}{
			{empty, full, c.keys/900 + 3},
			{full, empty, 1}, // the remote says that it has nothing
		} {
			found, report, err := collect(Exchange{Local: way.local.side(), Remote: wired(t, way.remote.side())})
			if err != nil || len(found) != c.keys || !report.Done {
				t.Errorf("%s: %d keys, %+v: %v", c.name, len(found), report, err)
			}
			if report.Rounds > int64(way.roundsMax) {
				t.Errorf("%s: %d rounds, and %d would do", c.name, report.Rounds, way.roundsMax)
			}
		}
	}
}

func TestAnExchangeThatIsCutShortGoesOnWhereItStopped(t *testing.T) {
	broken := errors.New("cut")
	eachSeed(t, 60, func(t *testing.T, rng *rand.Rand) {
		local, remote := anyPair(rng)
		want := differences(local, remote)
		x := Exchange{Extent: local.extent, Local: local.side(), Level: 1 + rng.IntN(3)}
		var got []Difference
		for runs := 0; ; runs++ {
			asked, cutAt := 0, 2+rng.IntN(6)
			x.Remote = asker(func(ctx context.Context, r Request) (Answer, error) {
				if asked++; asked > cutAt+runs/50 { // later and later, or it would never come past the first page
					return Answer{}, broken
				}
				return remote.side().Ask(ctx, r)
			})
			x.KeysMax = []int{0, 1, 7, 200}[rng.IntN(4)]
			refused := rng.IntN(20)
			report, err := x.Run(context.Background(), func(d Difference) error {
				if refused--; refused == 0 {
					return broken
				}
				got = append(got, d)
				return nil
			})
			if err != nil && !errors.Is(err, broken) {
				t.Errorf("it ended with %v", err)
				return
			}
			if report.Barren != 0 {
				t.Errorf("of copies at rest it reports %+v", report)
			}
			if report.Done {
				break
			}
			if report.Next.Compare(x.From) < 0 {
				t.Errorf("it goes back from %v to %v", x.From, report.Next)
				return
			}
			x.From, err = DecodeCursor(AppendCursor(nil, report.Next))
			if err != nil {
				t.Error(err)
				return
			}
			if runs > 20_000 {
				t.Errorf("it does not end: %v", x.From)
				return
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pieces it found %d keys, and there are %d", len(got), len(want))
		}
	})
}

// The run breaks between two lists of spans, and the last key before the break is the last that its span can hold.
func TestARunThatBreaksBetweenSpansFindsNoKeyTwice(t *testing.T) {
	local, remote := newModel(Extent{}, 1), newModel(Extent{}, 1)
	for i := range uint32(2 * SpansMax) {
		_, last := Extent{}.Bounds(Span{1, i})
		local.put(Key{last, "k"}, "here")
		remote.put(Key{last, "k"}, "there")
	}
	broken, lists := errors.New("broken"), 0
	x := Exchange{Level: 1, Local: local.side(), Remote: asker(func(ctx context.Context, r Request) (Answer, error) {
		if r.Want == WantKeys {
			if lists++; lists == 2 {
				return Answer{}, broken
			}
		}
		return remote.side().Ask(ctx, r)
	})}
	before, report, err := collect(x)
	if !errors.Is(err, broken) || len(before) != SpansMax {
		t.Errorf("%d keys: %v", len(before), err)
	}
	x.From = report.Next
	after, report, err := collect(x)
	if err != nil || !report.Done || !slices.Equal(append(before, after...), differences(local, remote)) {
		t.Errorf("%d keys and %d, %+v: %v", len(before), len(after), report, err)
	}
}

func TestARunEndsAtItsBudget(t *testing.T) {
	full := newModel(Extent{}, 1)
	for i := range uint64(5000) {
		full.put(Key{i << 50, "k"}, "s")
	}
	x := Exchange{Local: newModel(Extent{}, 1).side(), Remote: full.side(), KeysMax: 1500}
	for _, want := range []int{1500, 1500, 1500, 500} {
		found, report, err := collect(x)
		if err != nil || len(found) != want || report.Done != (want == 500) {
			t.Errorf("%d keys in place of %d, %+v: %v", len(found), want, report, err)
		}
		x.From = report.Next
	}
}

// Both copies are written to before each question. What differs all the while must be found; what is found must have
// differed at some time, or have been written to.
func TestWhatDiffersAllTheWhileIsFoundUnderLoad(t *testing.T) {
	eachSeed(t, 150, func(t *testing.T, rng *rand.Rand) {
		local, remote := anyPair(rng)
		standing := map[Key]bool{}
		for _, d := range differences(local, remote) {
			standing[d.Key] = true
		}
		touched := map[Key]bool{}
		mutate := func() {
			for range rng.IntN(8) {
				k := anyKey(rng, local.extent)
				m := []*model{local, remote}[rng.IntN(2)]
				if standing[k] && rng.IntN(2) == 0 { // it goes on to differ, in other states
					m.put(k, fmt.Sprint(m == local, rng.Uint64()))
					continue
				}
				m.put(k, []string{"", "s", "ss"}[rng.IntN(3)])
				touched[k] = true
				if local.states[k] == remote.states[k] {
					delete(standing, k)
				}
			}
		}
		under := func(m *model) Side {
			return asker(func(ctx context.Context, r Request) (Answer, error) {
				mutate()
				return m.side().Ask(ctx, r)
			})
		}
		before := map[Key]bool{}
		for k := range standing {
			before[k] = true
		}
		got, report, err := collect(Exchange{Extent: local.extent, Local: under(local), Remote: under(remote), Level: 1 + rng.IntN(LevelMax)})
		if err != nil || !report.Done {
			t.Errorf("it ended with %+v, %v", report, err)
		}
		found := map[Key]bool{}
		for i, d := range got {
			found[d.Key] = true
			if i > 0 && got[i-1].Compare(d.Key) >= 0 {
				t.Errorf("%v is found after %v", d.Key, got[i-1].Key)
			}
			if !before[d.Key] && !touched[d.Key] {
				t.Errorf("%q is found, and never differed", d.Name)
			}
		}
		for k := range standing {
			if !found[k] {
				t.Errorf("%q at %#x differs all the while and is not found", k.Name, k.Position)
			}
		}
	})
}

func TestATreeThatDoesNotFitItsKeysShowsAsBarren(t *testing.T) {
	eachSeed(t, 30, func(t *testing.T, rng *rand.Rand) {
		local, remote := anyPair(rng)
		for range 5 { // the keys agree
			k := anyKey(rng, local.extent)
			local.put(k, "s")
		}
		remote.states, remote.order = local.states, nil
		remote.tree = rebuilt(t, local, remote.tree.Depth())
		k := anyKey(rng, local.extent)
		remote.tree.Apply([]Delta{remote.tree.Delta(k.Position, Sum{}, Sum{1})})
		got, report, err := collect(Exchange{Extent: local.extent, Local: local.side(), Remote: remote.side()})
		if err != nil || len(got) > 0 || report.Barren == 0 {
			t.Errorf("%d keys, %+v: %v", len(got), report, err)
		}
		differing, err := remote.tree.Differing(rebuilt(t, remote, remote.tree.Depth()))
		if err != nil || len(differing) != 1 || differing[0] != local.extent.Span(remote.tree.Depth(), k.Position).Index {
			t.Errorf("the scrub finds %v: %v", differing, err)
		}
	})
}

func TestACancelledExchangeEndsAndSaysWhy(t *testing.T) {
	full := newModel(Extent{}, 1)
	for i := range uint64(9000) {
		full.put(Key{i << 50, "k"}, "s")
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	found := 0
	x := Exchange{Local: newModel(Extent{}, 1).side(), Remote: full.side()}
	report, err := x.Run(ctx, func(Difference) error {
		if found++; found == 10 {
			cancel(enough)
		}
		return nil
	})
	if !errors.Is(err, enough) || report.Done || found > KeysMax {
		t.Errorf("%d keys, %+v: %v", found, report, err)
	}
	_, before, err := collect(Exchange{Local: full.side(), Remote: x.Local, From: report.Next})
	if err != nil || before.Differences != int64(9000-found) {
		t.Errorf("%d keys and %d: %v", found, before.Differences, err)
	}
}

func TestARemoteIsAskedNothingMoreOnceTheExchangeIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	asked := 0
	remote := asker(func(_ context.Context, r Request) (Answer, error) { // it does not look at ctx
		asked++
		cancel()
		return Answer{Sums: []Sum{{1}}}, nil
	})
	x := Exchange{Local: newModel(Extent{}, 1).side(), Remote: remote}
	if report, err := x.Run(ctx, func(Difference) error { return nil }); !errors.Is(err, context.Canceled) || report.Done || asked != 1 {
		t.Errorf("after %d questions %+v: %v", asked, report, err)
	}
}

func TestAnExchangeWithoutSenseIsRefused(t *testing.T) {
	side := newModel(Extent{}, 1).side()
	half, err := NewExtent(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]Exchange{
		"no local copy":      {Remote: side},
		"no remote copy":     {Local: side},
		"too deep":           {Local: side, Remote: side, Level: LevelMax + 1},
		"a negative level":   {Local: side, Remote: side, Level: -1},
		"a negative budget":  {Local: side, Remote: side, KeysMax: -1},
		"a cursor elsewhere": {Extent: half, Local: side, Remote: side, From: Key{1 << 63, "k"}},
	} {
		if _, report, err := collect(x); err == nil || report.Done {
			t.Errorf("%s: it runs", name)
		}
	}
}
