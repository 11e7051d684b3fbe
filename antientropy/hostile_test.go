package antientropy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
)

// The remote answers the way up to the keys as it should, and then not.
func TestAnAnswerThatDoesNotFitIsRefused(t *testing.T) {
	extent, err := NewExtent(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	first, last := extent.Bounds(Span{})
	key := func(position uint64, name string) KeyState { return KeyState{Key{position, name}, Sum{1}} }
	_, end := extent.Bounds(Span{2, 0})
	keys := func(keys ...KeyState) func(Request) Answer { return func(Request) Answer { return Answer{Keys: keys} } }
	cases := []struct {
		name string
		want Want // at which question it begins to lie
		lie  func(Request) Answer
		says string
	}{
		{"no sums", WantSums, func(Request) Answer { return Answer{} }, "0 sums and 0 keys in place of 64"},
		{"too few sums", WantSums, func(Request) Answer { return Answer{Sums: make([]Sum, 63)} }, "63 sums"},
		{"too many sums", WantSums, func(Request) Answer { return Answer{Sums: make([]Sum, 65)} }, "65 sums"},
		{"keys in place of sums", WantSums, keys(key(first, "k")), "1 keys in place of 64 sums"},
		{"sums and more", WantSums, func(Request) Answer { return Answer{Sums: make([]Sum, 64), More: true} }, "in place of 64 sums"},
		{"sums in place of keys", WantKeys, func(Request) Answer { return Answer{Sums: make([]Sum, 64)} }, "64 sums in place of keys"},
		{"more than was asked for", WantKeys, func(r Request) Answer { return Answer{Keys: make([]KeyState, r.KeysMax+1)} }, "1025 keys, and 1024"},
		{"no key and more to come", WantKeys, func(Request) Answer { return Answer{More: true} }, "no keys, and more"},
		{"a key twice", WantKeys, keys(key(first, "k"), key(first, "k")), "out of order"},
		{"names out of order", WantKeys, keys(key(first, "l"), key(first, "k")), "out of order"},
		{"positions out of order", WantKeys, keys(key(first+1, "k"), key(first, "k")), "out of order"},
		{"a key of another span", WantKeys, keys(key(end+1, "k")), "in no span that was asked for"},
		{"a key of another partition", WantKeys, keys(key(last+2, "k")), "in no span that was asked for"},
		{"a key of an earlier partition", WantKeys, keys(key(5, "k")), "in no span that was asked for"},
		{"a key without a name", WantKeys, keys(key(first, "")), "a name of 0 bytes"},
		{"a name too long", WantKeys, keys(key(first, strings.Repeat("n", NameBytesMax+1))), "a name of 2049 bytes"},
		{"a key with the sum of nothing", WantKeys, keys(KeyState{Key: Key{first, "k"}}), "the sum of nothing"},
	}
	for _, c := range cases {
		local, remote := newModel(extent, 1), newModel(extent, 1)
		local.put(Key{first, "k"}, "here")
		remote.put(Key{first, "k"}, "there")
		x := Exchange{Extent: extent, Local: local.side(), Remote: asker(func(ctx context.Context, r Request) (Answer, error) {
			if len(r.Spans) > 0 && r.Want == c.want {
				return c.lie(r), nil
			}
			return remote.side().Ask(ctx, r)
		})}
		found, report, err := collect(x)
		if !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "the copy there") {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(found) > 0 || report.Done {
			t.Errorf("%s: it found %d keys, %+v", c.name, len(found), report)
		}
	}
}

func TestARootThatIsNotOneSumIsRefused(t *testing.T) {
	for _, sums := range []int{0, 2, 64} {
		remote := asker(func(context.Context, Request) (Answer, error) { return Answer{Sums: make([]Sum, sums)}, nil })
		if _, _, err := collect(Exchange{Local: newModel(Extent{}, 1).side(), Remote: remote}); !errors.Is(err, ErrAnswer) {
			t.Errorf("%d sums: %v", sums, err)
		}
	}
}

// A remote that invents keys for ever costs a run no more than its budget, and never more than a page of memory.
func TestARemoteWithoutEndEndsWithTheBudget(t *testing.T) {
	rounds := 0
	remote := asker(func(_ context.Context, r Request) (Answer, error) {
		rounds++
		if r.Want == WantSums {
			return Answer{Sums: []Sum{{1}}}, nil
		}
		a := Answer{More: true}
		for range r.KeysMax {
			name := fmt.Sprintf("%09d", rounds*KeysMax+len(a.Keys))
			a.Keys = append(a.Keys, KeyState{Key{0, name}, Sum{1}})
		}
		return a, nil
	})
	found, report, err := collect(Exchange{Local: newModel(Extent{}, 1).side(), Remote: remote, KeysMax: 10 * KeysMax})
	if err != nil || report.Done || len(found) != 10*KeysMax || rounds != 11 {
		t.Errorf("%d keys in %d rounds, %+v: %v", len(found), rounds, report, err)
	}
}

// A remote that says of every span that it differs is asked for no more sums than this copy has spans with keys, and
// what it cannot show is no difference.
func TestARemoteThatDiffersEverywhereIsAskedOnlyWhereThereAreKeys(t *testing.T) {
	local := newModel(Extent{}, 1)
	for i := range uint64(50) {
		local.put(Key{i << 40, "k"}, "s") // all in one span of level 2
	}
	lies := byte(0)
	remote := asker(func(ctx context.Context, r Request) (Answer, error) {
		if r.Want == WantKeys {
			return local.side().Ask(ctx, r)
		}
		a := Answer{Sums: make([]Sum, max(1, len(r.Spans)*FanOut))}
		for i := range a.Sums {
			lies++
			a.Sums[i] = Sum{lies, 1}
		}
		return a, nil
	})
	found, report, err := collect(Exchange{Local: local.side(), Remote: remote, Level: LevelMax})
	if err != nil || len(found) > 0 || report.Spans > 1+64+64+64+50*64 || report.Rounds > 40 {
		t.Errorf("%d keys, %+v: %v", len(found), report, err)
	}
}

func TestAListingThatBreaksItsPromiseIsRefusedAtHome(t *testing.T) {
	yields := func(keys ...KeyState) List {
		return func(context.Context, Key, uint64) iter.Seq2[KeyState, error] {
			return func(yield func(KeyState, error) bool) {
				for _, k := range keys {
					if !yield(k, nil) {
						return
					}
				}
			}
		}
	}
	half, err := NewExtent(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]List{
		"out of order":       yields(KeyState{Key{2, "k"}, Sum{1}}, KeyState{Key{1, "k"}, Sum{1}}),
		"twice":              yields(KeyState{Key{2, "k"}, Sum{1}}, KeyState{Key{2, "k"}, Sum{1}}),
		"above":              yields(KeyState{Key{1 << 63, "k"}, Sum{1}}),
		"without a name":     yields(KeyState{Key{2, ""}, Sum{1}}),
		"the sum of nothing": yields(KeyState{Key{2, "k"}, Sum{}}),
	} {
		tree := NewTree(half, 1)
		tree.Apply([]Delta{{0, Sum{1}}})
		for _, r := range []Request{
			{Want: WantKeys, Spans: []Span{{}}, KeysMax: 10},
			{Want: WantSums, Spans: []Span{{1, 0}}},
		} {
			if _, err := NewCopy(tree, list).Ask(context.Background(), r); err == nil || errors.Is(err, ErrRequest) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := Rebuild(context.Background(), half, 1, list); err == nil {
			t.Errorf("%s: a tree is built of it", name)
		}
	}
}

func TestARequestWithoutSenseIsRefused(t *testing.T) {
	side := newModel(Extent{}, 1).side()
	for name, r := range map[string]Request{
		"it wants 0":               {},
		"33 spans":                 {Want: WantSums, Spans: make([]Span, SpansMax+1)},
		"bounds keys":              {Want: WantSums, KeysMax: 1},
		"wants sums and":           {Want: WantSums, From: Key{1, ""}},
		"of no span":               {Want: WantKeys, KeysMax: 1},
		"1025 keys":                {Want: WantKeys, Spans: []Span{{}}, KeysMax: KeysMax + 1},
		"-1 keys":                  {Want: WantKeys, Spans: []Span{{}}, KeysMax: -1},
		"of 2050 bytes":            {Want: WantKeys, Spans: []Span{{}}, KeysMax: 1, From: Key{0, strings.Repeat("n", NameBytesMax+2)}},
		"span 1 of level 0":        {Want: WantSums, Spans: []Span{{0, 1}}},
		"out of order":             {Want: WantSums, Spans: []Span{{1, 1}, {1, 0}}},
		"span 7 of level 4 is out": {Want: WantKeys, Spans: []Span{{LevelMax, 7}, {LevelMax, 7}}, KeysMax: 1},
		"level 4: there":           {Want: WantSums, Spans: []Span{{LevelMax, 0}}},
	} {
		if _, err := side.Ask(context.Background(), r); !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
