package clock_test

import (
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// siblings is a set of n concurrent versions, each over a past of three actors.
func siblings(n int) clock.Set {
	past := clock.Of(1, clock.Run{Upto: 1000}).Join(clock.Of(2, clock.Run{After: 7, Upto: 1000})).Join(clock.Of(3, clock.Run{Upto: 1000}))
	var set clock.Set
	for i := range n {
		actor := clock.Actor(1 + i%3)
		v := clock.Update(past, set, clock.Source{Actor: actor, Counter: uint64(2000 + i), Since: 1500})
		v.Content = clock.Digest{byte(i), byte(i >> 8), 1}
		set = clock.Sync(set, clock.Set{v})
	}
	return set
}

var sizes = []int{1, 3, 100}

func eachSize(b *testing.B, f func(b *testing.B, set clock.Set)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("siblings=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			f(b, siblings(n))
		})
	}
}

func BenchmarkSyncOfEqualSets(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		for b.Loop() {
			clock.Sync(set, set)
		}
	})
}

func BenchmarkSyncOfAnOverwrite(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		v := clock.Update(set.Context(), set, clock.Source{Actor: 9, Counter: 1})
		for b.Loop() {
			clock.Sync(set, clock.Set{v})
		}
	})
}

func BenchmarkFoldAndUpdate(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		context := set[0].Clock()
		for b.Loop() {
			clock.Update(clock.Fold(context, set, clock.Digest{9}, false), set, clock.Source{Actor: 9, Counter: 1})
		}
	})
}

func BenchmarkJoin(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		c, d := set.Context(), set[0].Clock()
		for b.Loop() {
			c.Join(d)
		}
	})
}

func BenchmarkContext(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		for b.Loop() {
			set.Context()
		}
	})
}

func BenchmarkEncodeSet(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		var buf []byte
		for b.Loop() {
			buf = clock.AppendSet(buf[:0], set)
		}
		b.ReportMetric(float64(len(buf)), "bytes")
	})
}

func BenchmarkDecodeSet(b *testing.B) {
	eachSize(b, func(b *testing.B, set clock.Set) {
		buf := clock.AppendSet(nil, set)
		for b.Loop() {
			if _, _, err := clock.DecodeSet(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	sealer := testSealer(b, testCluster, testKey(1))
	eachSize(b, func(b *testing.B, set clock.Set) {
		c := set.Context()
		for b.Loop() {
			sealer.Seal("bucket", "key", c)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	sealer := testSealer(b, testCluster, testKey(1))
	eachSize(b, func(b *testing.B, set clock.Set) {
		token := sealer.Seal("bucket", "key", set.Context())
		for b.Loop() {
			if _, err := sealer.Open("bucket", "key", token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
