package antientropy

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// crowd is a copy of many keys, without a map: 20 bytes of name, states of 16 bytes.
type crowd struct {
	keys []KeyState
	tree *Tree
}

func newCrowd(rng *rand.Rand, extent Extent, depth, size int) *crowd {
	c := &crowd{tree: NewTree(extent, depth)}
	first, last := extent.Bounds(Span{})
	for i := range size {
		k := Key{first + rng.Uint64()&(last-first), fmt.Sprintf("\x05users/%013d", i)}
		c.keys = append(c.keys, KeyState{k, stateSum(k, 0)})
	}
	slices.SortFunc(c.keys, func(a, b KeyState) int { return a.Compare(b.Key) })
	for _, k := range c.keys {
		c.tree.Apply([]Delta{c.tree.Delta(k.Position, Sum{}, k.Sum)})
	}
	return c
}

func stateSum(k Key, version uint64) Sum {
	return Hash(testSecret, []byte(k.Name), binary.BigEndian.AppendUint64(make([]byte, 8), version))
}

// changed is a copy in which the keys at those places are another state (0), gone (1), or joined by another key (2).
func (c *crowd) changed(places map[int]int) *crowd {
	other := &crowd{tree: NewTree(c.tree.extent, c.tree.depth)}
	if err := other.tree.Merge(c.tree); err != nil {
		panic(err)
	}
	put := func(k Key, before, after Sum) {
		other.tree.Apply([]Delta{other.tree.Delta(k.Position, before, after)})
		if !after.IsZero() {
			other.keys = append(other.keys, KeyState{k, after})
		}
	}
	for i, k := range c.keys {
		how, differs := places[i]
		switch {
		case !differs:
			other.keys = append(other.keys, k)
		case how == 0:
			put(k.Key, k.Sum, stateSum(k.Key, 1))
		case how == 1:
			put(k.Key, k.Sum, Sum{})
		default:
			other.keys = append(other.keys, k)
			more := Key{k.Position, k.Name + "+"}
			put(more, Sum{}, stateSum(more, 1))
		}
	}
	return other
}

func (c *crowd) side() Side {
	return NewCopy(c.tree, lister(c.keys))
}

func drawn(rng *rand.Rand, of, n int) map[int]int {
	places := map[int]int{}
	for len(places) < n {
		places[rng.IntN(of)] = rng.IntN(3)
	}
	return places
}

// 1,000,000 keys in 256 partitions, of which 100 differ between two nodes that both hold all of them.
func TestAMillionKeysOfWhichAHundredDifferCostUnderTwoMegabytes(t *testing.T) {
	const partitions, perPartition, differing = 256, 3907, 100
	eachSeed(t, 1, func(t *testing.T, rng *rand.Rand) {
		all := drawn(rng, partitions*perPartition, differing)
		var total Stats
		equal, equalMost, unequalMost := int64(0), int64(0), int64(0)
		for p := range partitions {
			extent, err := NewExtent(p, partitions)
			if err != nil {
				t.Fatal(err)
			}
			here := map[int]int{}
			for i, how := range all {
				if i/perPartition == p {
					here[i%perPartition] = how
				}
			}
			local := newCrowd(rng, extent, DefaultDepth, perPartition)
			remote := local.changed(here)
			found, report, err := collect(Exchange{Extent: extent, Local: local.side(), Remote: wired(t, remote.side())})
			if err != nil || len(found) != len(here) || report.Barren != 0 {
				t.Errorf("partition %d: %d keys in place of %d, %+v: %v", p, len(found), len(here), report, err)
			}
			total.Add(report.Stats)
			if bytes := report.Sent + report.Received; len(here) == 0 {
				equal, equalMost = equal+1, max(equalMost, bytes)
			} else {
				unequalMost = max(unequalMost, bytes)
			}
		}
		bytes := total.Sent + total.Received
		t.Logf("%d keys, %d differ: %d bytes sent and %d received in %d rounds; %d sums and %d keys compared",
			partitions*perPartition, total.Differences, total.Sent, total.Received, total.Rounds, total.Spans, total.Keys)
		t.Logf("%d equal ranges of at most %d bytes each, the others of at most %d", equal, equalMost, unequalMost)
		if bytes >= 400_000 || equalMost >= 100 || total.Differences != differing {
			t.Errorf("%d bytes, %d in an equal range", bytes, equalMost)
		}
	})
}

func TestCostsGrowWithTheDifferenceAndNotWithTheData(t *testing.T) {
	eachSeed(t, 1, func(t *testing.T, rng *rand.Rand) {
		for _, size := range []int{1_000, 10_000, 65_000} {
			for depth := 1; depth <= DepthMax; depth++ {
				local := newCrowd(rng, Extent{}, depth, size)
				last := int64(0)
				for _, differing := range []int{0, 1, 10, 100, 1000} {
					_, report, err := collect(Exchange{Local: local.side(), Remote: local.changed(drawn(rng, size, differing)).side()})
					bytes := report.Sent + report.Received
					if err != nil || report.Differences != int64(differing) || bytes < last {
						t.Errorf("%d bytes after %d, %+v: %v", bytes, last, report, err)
					}
					// Each difference takes at most two sets of 64 sums, and 16 keys on average: some 2,800 bytes
					// at first, less where differences share the upper set.
					if most := int64(5_000 + differing*2_000); bytes > most {
						t.Errorf("%d of %d keys differ: %d bytes, and %d would do", differing, size, bytes, most)
					}
					t.Logf("depth %d, %5d keys, %4d differ: %6d bytes, %3d rounds, %5d keys listed", depth, size, differing, bytes, report.Rounds, report.Keys)
					last = bytes
				}
			}
		}
	})
}

// A start reads what trees are stored as: at most 64 leaves a range, each with a key and what storage puts around it.
func TestAStartReadsUnderOnePercentOfTheData(t *testing.T) {
	const perLeaf = 18 + 12 + 12 // the leaf, an envelope, a key
	for _, c := range []struct{ keys, valueBytes int }{{100_000, 1024}, {1_000_000, 1024}, {1_000_000, 256}} {
		rng, leaves := rand.New(rand.NewPCG(1, 1)), map[uint32]bool{}
		e, err := NewExtent(3, 256)
		if err != nil {
			t.Fatal(err)
		}
		for range c.keys / 256 {
			leaves[e.Span(DefaultDepth, 3<<56+rng.Uint64()>>8).Index] = true
		}
		share := float64(len(leaves)*perLeaf*256) / float64(c.keys*c.valueBytes)
		t.Logf("%d keys of %d bytes: %d leaves a range, %.2f %%", c.keys, c.valueBytes, len(leaves), 100*share)
		if share >= 0.01 {
			t.Errorf("%d keys of %d bytes: %.2f %%", c.keys, c.valueBytes, 100*share)
		}
	}
}
