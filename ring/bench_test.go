package ring

import (
	"fmt"
	"testing"
)

var sink int // keeps the compiler from leaving out what is measured

func BenchmarkPosition(b *testing.B) {
	for b.Loop() {
		sink += int(Position("carts", "user/4711/basket"))
	}
}

func BenchmarkPreferenceList(b *testing.B) {
	l := first(b, nodes(100), DefaultPartitions, 3)
	for _, n := range []int{2, 3} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			position := uint64(0)
			for b.Loop() {
				position += 0x9e3779b97f4a7c15
				sink += len(l.PreferenceList(position, n))
			}
		})
	}
}

func BenchmarkAssign(b *testing.B) {
	for _, size := range []struct{ nodes, partitions int }{{5, 256}, {100, 256}, {100, 4096}} {
		all := inZones(nodes(size.nodes+1), 3)
		b.Run(fmt.Sprintf("First/%dx%d", size.nodes, size.partitions), func(b *testing.B) {
			for b.Loop() {
				first(b, all[:size.nodes], size.partitions, 3)
			}
		})
		l := first(b, all[:size.nodes], size.partitions, 3)
		b.Run(fmt.Sprintf("Next/%dx%d", size.nodes, size.partitions), func(b *testing.B) {
			for b.Loop() {
				next(b, l, all)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	encoded := first(b, nodes(100), 4096, 3).Encode()
	b.SetBytes(int64(len(encoded)))
	for b.Loop() {
		if _, err := Decode(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
