package antientropy

import (
	"fmt"
	"math"
	"math/bits"
)

const (
	fanOutBits = 6
	// FanOut is the number of spans that a span is cut into.
	FanOut = 1 << fanOutBits
	// LevelMax is the deepest level of spans. Level 0 is the whole partition, and level l has FanOut^l spans.
	LevelMax = 4
	// partitionsMax is what ring allows; with it and LevelMax a span is 2^24 positions wide at least.
	partitionsMax = 1 << 16
)

// Extent is the stretch of positions that a tree covers: one of the ring's equal partitions. The zero Extent is that
// of the only partition of a ring of one.
type Extent struct {
	partition uint64
	bits      uint8 // log2 of the partitions
}

// Span is one of the equal parts of an extent: that with an index, from 0 in ascending order of positions, among the
// FanOut^Level of its level. The zero Span is the whole.
type Span struct {
	Level uint8  // 0 to LevelMax
	Index uint32 // below FanOut^Level
}

// NewExtent is the extent of one partition, counted from 0, of a ring of partitions, which is a power of two up
// to 65,536.
func NewExtent(partition, partitions int) (Extent, error) {
	if partitions < 1 || partitions > partitionsMax || partitions&(partitions-1) != 0 {
		return Extent{}, fmt.Errorf("antientropy: a ring of %d partitions: a power of two up to %d is possible", partitions, partitionsMax)
	}
	if partition < 0 || partition >= partitions {
		return Extent{}, fmt.Errorf("antientropy: partition %d of %d: 0 to %d is possible", partition, partitions, partitions-1)
	}
	return Extent{uint64(partition), uint8(bits.TrailingZeros(uint(partitions)))}, nil
}

// Contains says whether the position lies in the extent.
func (e Extent) Contains(position uint64) bool { return position>>(64-e.bits) == e.partition }

// Bounds gives a span's first and last position.
func (e Extent) Bounds(s Span) (first, last uint64) {
	width := e.bits + s.Level*fanOutBits // of the bits that all positions of the span share
	first = e.partition<<(64-e.bits) | uint64(s.Index)<<(64-width)
	return first, first | math.MaxUint64>>width
}

// Span is the one of that level in which the position lies, which must be one of the extent.
func (e Extent) Span(level int, position uint64) Span {
	return Span{uint8(level), uint32(position << e.bits >> (64 - level*fanOutBits))}
}

// String names the partition, for errors.
func (e Extent) String() string { return fmt.Sprintf("partition %d of %d", e.partition, 1<<e.bits) }

// children is the span's parts, on the level below: FanOut of them, from this one on.
func (s Span) children() Span { return Span{s.Level + 1, s.Index * FanOut} }

// deepest gives the first and the last span of LevelMax that lie in s, which must be a span.
func (s Span) deepest() (first, last uint32) {
	shift := (LevelMax - s.Level) * fanOutBits
	return s.Index << shift, (s.Index+1)<<shift - 1
}

// spansOf is the number of spans of a level.
func spansOf(level int) uint32 { return 1 << (level * fanOutBits) }

// has says whether a position lies in a span.
func (e Extent) has(s Span, position uint64) bool {
	first, last := e.Bounds(s)
	return first <= position && position <= last
}

// behind leaves out those of some ascending spans that end before the position.
func (e Extent) behind(spans []Span, position uint64) []Span {
	for len(spans) > 0 {
		if _, last := e.Bounds(spans[0]); last >= position {
			break
		}
		spans = spans[1:]
	}
	return spans
}
