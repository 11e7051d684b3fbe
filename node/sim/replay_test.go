package sim

import (
	"runtime"
	"testing"
)

// The same seed gives the same messages at the same instants, the same answers and the same final states,
// whatever the scheduler does.
func TestASeedReplaysExactly(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for seed := Seed(0); seed < 40; seed++ {
		var hashes []uint64
		for _, processors := range []int{1, 2, 4, 2} {
			runtime.GOMAXPROCS(processors)
			hashes = append(hashes, runSeed(t, Workload{Seed: seed}).Hash())
		}
		for i, h := range hashes {
			if h != hashes[0] {
				t.Errorf("seed %d: run %d gives %x and the first gave %x", seed, i, h, hashes[0])
			}
		}
	}
}

func TestOtherSeedsGiveOtherRuns(t *testing.T) {
	if a, b := runSeed(t, Workload{Seed: 1}).Hash(), runSeed(t, Workload{Seed: 2}).Hash(); a == b {
		t.Errorf("seeds 1 and 2 gave the same run, %x", a)
	}
}
