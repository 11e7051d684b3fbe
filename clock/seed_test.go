package clock_test

import (
	"flag"
	"math/rand/v2"
	"testing"
)

var seedFlag = flag.Uint64("seed", 0, "replay the random tests with this seed alone")

// eachSeed runs a law on n random seeds, new ones each time, or on that of -seed alone. The first that fails
// prints the command that replays it.
func eachSeed(t *testing.T, n int, law func(t *testing.T, rng *rand.Rand)) {
	t.Helper()
	for range n {
		seed := *seedFlag
		if seed == 0 {
			seed = rand.Uint64() | 1
		}
		law(t, rand.New(rand.NewPCG(seed, 0)))
		if t.Failed() {
			t.Fatalf("replay with: go test ./clock -run '^%s$' -seed %d", t.Name(), seed)
		}
		if *seedFlag != 0 {
			return
		}
	}
}
