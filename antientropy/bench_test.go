package antientropy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

var sink Sum // keeps the compiler from leaving out what is measured

func BenchmarkHash(b *testing.B) {
	for _, size := range []int{10, 30, 1000} {
		b.Run(fmt.Sprintf("name=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			name, state := make([]byte, size), make([]byte, 16)
			for b.Loop() {
				sink = Hash(testSecret, name, state)
			}
		})
	}
}

// A batch of 64 writes: what a group commit brings to a tree.
func BenchmarkAfterAndApply(b *testing.B) {
	b.ReportAllocs()
	rng := rand.New(rand.NewPCG(1, 1))
	tree := NewTree(Extent{}, DefaultDepth)
	deltas := make([]Delta, 64)
	for i := range deltas {
		deltas[i] = tree.Delta(rng.Uint64(), Sum{}, Sum{byte(i), 1})
	}
	for b.Loop() {
		tree.After(deltas)
		tree.Apply(deltas)
	}
}

// The answer that costs most: 32 spans of a level that is summed from the keys.
func BenchmarkSumsBelowTheTree(b *testing.B) {
	c := newCrowd(rand.New(rand.NewPCG(1, 1)), Extent{}, DefaultDepth, 65_000)
	r := Request{Want: WantSums}
	for i := range uint32(SpansMax) {
		r.Spans = append(r.Spans, Span{1, i})
	}
	for b.Loop() {
		if _, err := c.side().Ask(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	for _, size := range []int{4_000, 65_000} {
		for _, differing := range []int{0, 1, 100} {
			b.Run(fmt.Sprintf("%d keys, %d differ", size, differing), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				local := newCrowd(rng, Extent{}, DefaultDepth, size)
				remote := local.changed(drawn(rng, size, differing))
				for b.Loop() {
					_, report, err := collect(Exchange{Local: local.side(), Remote: wired(b, remote.side())})
					if err != nil || report.Differences != int64(differing) {
						b.Fatal(report, err)
					}
				}
			})
		}
	}
}

func BenchmarkDecodeAnswer(b *testing.B) {
	c := newCrowd(rand.New(rand.NewPCG(1, 1)), Extent{}, DefaultDepth, 65_000)
	for name, r := range map[string]Request{
		"sums": {Want: WantSums, Spans: []Span{{1, 1}, {1, 2}, {1, 3}, {1, 4}}},
		"keys": {Want: WantKeys, Spans: []Span{{1, 1}}, KeysMax: KeysMax},
	} {
		b.Run(name, func(b *testing.B) {
			a, err := c.side().Ask(context.Background(), r)
			if err != nil {
				b.Fatal(err)
			}
			encoded := AppendAnswer(nil, a)
			b.SetBytes(int64(len(encoded)))
			for b.Loop() {
				if _, err := DecodeAnswer(encoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
