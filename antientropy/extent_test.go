package antientropy

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTheSpansOfALevelCoverTheExtentWithoutGapsOrOverlap(t *testing.T) {
	for _, c := range []struct{ partition, partitions int }{{0, 1}, {0, 2}, {1, 2}, {77, 256}, {255, 256}, {65535, 65536}} {
		e, err := NewExtent(c.partition, c.partitions)
		if err != nil {
			t.Fatal(err)
		}
		first, last := e.Bounds(Span{})
		if c.partitions == 1 && (first != 0 || last != math.MaxUint64) {
			t.Errorf("%s is %#x to %#x", e, first, last)
		}
		if width := math.MaxUint64/uint64(c.partitions) + 1; c.partitions > 1 && (first != uint64(c.partition)*width || last != first+width-1) {
			t.Errorf("%s is %#x to %#x", e, first, last)
		}
		for level := range 4 { // level 4 has 16 million spans
			next := first
			for index := range spansOf(level) {
				s := Span{uint8(level), index}
				from, to := e.Bounds(s)
				if from != next || to < from || e.Span(level, from) != s || e.Span(level, to) != s {
					t.Fatalf("%s: %v is %#x to %#x, and %#x is next", e, s, from, to, next)
				}
				next = to + 1
			}
			if next != last+1 {
				t.Errorf("%s: level %d ends before %#x", e, level, next)
			}
		}
	}
}

func TestAPositionLiesInTheSpansAboveItsSpan(t *testing.T) {
	eachSeed(t, 500, func(t *testing.T, rng *rand.Rand) {
		e := anyExtent(rng)
		position := anyKey(rng, e).Position
		if !e.Contains(position) {
			t.Errorf("%s has not %#x", e, position)
		}
		for level := range LevelMax + 1 {
			s := e.Span(level, position)
			if !e.has(s, position) {
				t.Errorf("%#x is not in %v", position, s)
			}
			if level == 0 {
				continue
			}
			parent := e.Span(level-1, position)
			if first := parent.children(); first.Level != s.Level || s.Index-first.Index >= FanOut {
				t.Errorf("%#x: %v is no child of %v", position, s, parent)
			}
			from, to := parent.deepest()
			if at := e.Span(LevelMax, position).Index; at < from || at > to {
				t.Errorf("%#x: %v is %d to %d, and it lies in %d", position, parent, from, to, at)
			}
		}
	})
}

func TestNewExtentRefusesWhatIsNoPartition(t *testing.T) {
	for _, c := range []struct {
		partition, partitions int
		want                  string
	}{{0, 0, "power of two"}, {0, 3, "power of two"}, {0, 1 << 17, "power of two"}, {0, -4, "power of two"}, {4, 4, "0 to 3"}, {-1, 4, "0 to 3"}} {
		if _, err := NewExtent(c.partition, c.partitions); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("partition %d of %d: %v", c.partition, c.partitions, err)
		}
	}
}
