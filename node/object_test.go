package node

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

func TestAContentIsNamedByAllOfItsParts(t *testing.T) {
	contents := map[string]*Content{
		"plain":               NewContent([]byte("v"), "t", "e", []Meta{{"a", "b"}}),
		"another value":       NewContent([]byte("w"), "t", "e", []Meta{{"a", "b"}}),
		"another type":        NewContent([]byte("v"), "u", "e", []Meta{{"a", "b"}}),
		"another encoding":    NewContent([]byte("v"), "t", "f", []Meta{{"a", "b"}}),
		"another name":        NewContent([]byte("v"), "t", "e", []Meta{{"c", "b"}}),
		"another entry":       NewContent([]byte("v"), "t", "e", []Meta{{"a", "c"}}),
		"one entry more":      NewContent([]byte("v"), "t", "e", []Meta{{"a", "b"}, {"c", "d"}}),
		"no entry":            NewContent([]byte("v"), "t", "e", nil),
		"shifted by one":      NewContent([]byte("v"), "te", "", []Meta{{"a", "b"}}),
		"an entry as a value": NewContent([]byte("abv"), "t", "e", nil),
		"nothing at all":      NewContent(nil, "", "", nil),
	}
	seen := map[clock.Digest]string{}
	for name, c := range contents {
		if other, twice := seen[c.Digest]; twice {
			t.Errorf("%q and %q have one digest", name, other)
		}
		seen[c.Digest] = name
		if !c.Intact() {
			t.Errorf("%q is not intact", name)
		}
	}
	a := NewContent([]byte("v"), "t", "", []Meta{{"x", "1"}, {"a", "2"}})
	b := NewContent([]byte("v"), "t", "", []Meta{{"a", "2"}, {"x", "1"}})
	if a.Digest != b.Digest || a.Meta[0].Name != "a" {
		t.Error("the order in which a client names its metadata matters")
	}
	if a.Size != 1+1+2+2 {
		t.Errorf("%d bytes, want 6", a.Size)
	}
	if s := a.Stub(); s.Digest != a.Digest || s.Size != a.Size || !s.LeftOut || s.Value != nil || !s.Intact() {
		t.Errorf("stub %+v", s)
	}
}

func TestMergingObjectsIsMergingSetsWithTheirContents(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var parts []Object
	for i := range 8 {
		var c *Content
		if i%4 != 0 { // some are tombstones, and some are twins
			c = text(fmt.Sprint("value ", i%3))
		}
		parts = append(parts, blind(clock.Actor(i+1), 1, c))
	}
	random := func() Object {
		var o Object
		for _, p := range parts {
			if r.IntN(2) == 0 {
				continue
			}
			if r.IntN(3) == 0 { // a replica that was asked for the clocks alone
				p = p.Limit(0)
			}
			o = MergeObjects(o, p)
		}
		return o
	}
	same := func(a, b Object) bool {
		return a.Versions.Equal(b.Versions) && slices.EqualFunc(a.Contents, b.Contents, func(x, y *Content) bool {
			return x.Digest == y.Digest && x.LeftOut == y.LeftOut
		})
	}
	for range 500 {
		a, b, c := random(), random(), random()
		ab := MergeObjects(a, b)
		switch {
		case !same(ab, MergeObjects(b, a)):
			t.Fatal("not commutative")
		case !same(MergeObjects(ab, c), MergeObjects(a, MergeObjects(b, c))):
			t.Fatal("not associative")
		case !same(ab, MergeObjects(ab, b)):
			t.Fatal("not idempotent")
		case !ab.Versions.Equal(clock.Sync(a.Versions, b.Versions)):
			t.Fatal("not what the clocks say")
		case ab.Check() != nil:
			t.Fatal(ab.Check())
		}
		for _, content := range ab.Contents {
			for _, side := range []Object{a, b} {
				if had := side.Content(content.Digest); had != nil && !had.LeftOut && content.LeftOut {
					t.Fatal("a content that was at hand is lost")
				}
			}
		}
	}
}

func TestAContentGoesWithTheLastVersionThatNamesIt(t *testing.T) {
	old := blind(1, 1, text("old"))
	next := clock.Update(old.Versions.Context(), old.Versions, clock.Source{Actor: 1, Counter: 2})
	next.Content = text("new").Digest
	merged := MergeObjects(old, Object{clock.Set{next}, []*Content{text("new")}})
	if len(merged.Versions) != 1 || len(merged.Contents) != 1 || string(merged.Contents[0].Value) != "new" {
		t.Errorf("%+v", merged)
	}
	if merged.Size() != text("new").Size || old.IsEmpty() || len(old.Contents) != 1 {
		t.Error("the size is wrong, or the old object has changed")
	}
}

func TestALimitLeavesOutWhatDoesNotFit(t *testing.T) {
	var o Object
	for i, size := range []int{30, 10, 20} {
		o = MergeObjects(o, blind(clock.Actor(i+1), 1, NewContent(slices.Repeat([]byte{byte('a' + i)}, size), "", "", nil)))
	}
	for _, max := range []int{-1, 0, 9, 10, 29, 30, 31, 59, 60, 1000} {
		got, room := o.Limit(max), max
		for i, c := range o.Contents {
			fits := max < 0 || c.Size <= room
			if fits && max >= 0 {
				room -= c.Size
			}
			if g := got.Contents[i]; g.Digest != c.Digest || g.Size != c.Size || g.LeftOut == fits {
				t.Errorf("max %d: content %d of %d bytes: %+v", max, i, c.Size, g)
			}
		}
		if got.Size() != 60 || !got.Versions.Equal(o.Versions) || got.Check() != nil {
			t.Errorf("max %d: the rest has changed", max)
		}
	}
	if !o.Whole() || o.Limit(0).Whole() || !o.Limit(0).Limit(-1).Versions.Equal(o.Versions) {
		t.Error("the object that was limited has changed")
	}
}

func TestAnObjectFromOutsideIsChecked(t *testing.T) {
	a, b := blind(1, 1, text("a")), blind(2, 1, text("b"))
	good := MergeObjects(a, b)
	dead := blind(3, 1, nil)
	turned := slices.Clone(good.Contents)
	slices.Reverse(turned)
	spoilt := *good.Contents[0]
	spoilt.Value = []byte("spoilt")
	for name, c := range map[string]struct {
		o    Object
		good bool
	}{
		"nothing":                      {Object{}, true},
		"two siblings":                 {good, true},
		"with contents left out":       {good.Limit(0), true},
		"a tombstone":                  {dead, true},
		"twins":                        {MergeObjects(a, blind(2, 1, text("a"))), true},
		"versions out of order":        {Object{clock.Set{good.Versions[1], good.Versions[0]}, good.Contents}, false},
		"a version twice":              {Object{clock.Set{a.Versions[0], a.Versions[0]}, a.Contents}, false},
		"contents out of order":        {Object{good.Versions, turned}, false},
		"a content twice":              {Object{a.Versions, []*Content{a.Contents[0], a.Contents[0]}}, false},
		"a content that is missing":    {Object{good.Versions, a.Contents}, false},
		"a content that nobody names":  {Object{a.Versions, good.Contents}, false},
		"a content of a tombstone":     {Object{dead.Versions, []*Content{{LeftOut: true}}}, false},
		"a content that was spoilt":    {Object{good.Versions, []*Content{&spoilt, good.Contents[1]}}, false},
		"contents without any version": {Object{nil, a.Contents}, false},
	} {
		err := c.o.Check()
		if c.good && err != nil || !c.good && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
