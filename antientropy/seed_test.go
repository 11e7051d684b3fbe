package antientropy

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "replay the random tests with this seed alone")
	updateFlag = flag.Bool("update", false, "write the golden files anew")
)

// eachSeed runs a law on n random seeds, new ones each time, or on that of -seed alone. The first that fails prints
// the command that replays it.
func eachSeed(t *testing.T, n int, law func(t *testing.T, rng *rand.Rand)) {
	t.Helper()
	for range n {
		seed := *seedFlag
		if seed == 0 {
			seed = rand.Uint64() | 1
		}
		law(t, rand.New(rand.NewPCG(seed, 0)))
		if t.Failed() {
			t.Fatalf("replay with: go test ./antientropy -run '^%s$' -seed %d", t.Name(), seed)
		}
		if *seedFlag != 0 {
			return
		}
	}
}

// golden compares got with a file of testdata, or writes the file where -update says so.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := "testdata/" + file
	if *updateFlag {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs. What is out in the world must not change without a new version byte.\ngot:\n%swant:\n%s", path, got, want)
	}
}
