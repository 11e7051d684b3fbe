package node

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

func TestAKeysRangeIsThePartitionThatTheLayoutNames(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, partitions := range []int{16, 64, 256, 1024} {
		l, err := ring.First([]ring.Member{{ID: 1, Name: "n1", Capacity: 1}}, partitions, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			n := 1 + r.IntN(16)
			k := NewKey("b", fmt.Sprint(r.Uint64()), n)
			switch i { // the edges of the ring
			case 0:
				k.Position = 0
			case 1:
				k.Position = ^uint64(0)
			}
			if got, want := k.RangeOf(partitions), (Range{l.Partition(k.Position), n}); got != want {
				t.Fatalf("position %016x of %d partitions: %+v, want %+v", k.Position, partitions, got, want)
			}
		}
	}
	if got := (Key{N: 3, Position: ^uint64(0)}).RangeOf(1); got != (Range{0, 3}) {
		t.Errorf("a ring of one partition: %+v", got)
	}
}

func TestBucketAndNameAreKeptApart(t *testing.T) {
	if NewKey("ab", "c", 3).Position == NewKey("a", "bc", 3).Position {
		t.Error("two keys fall together")
	}
	if NewKey("b", "k", 3).Position != NewKey("b", "k", 5).Position {
		t.Error("a key's place on the ring depends on its n")
	}
}
