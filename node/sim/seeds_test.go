package sim

import (
	"flag"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var (
	oneSeed   = flag.Int("seed", -1, "replay the workload of this seed alone, and tell what it did")
	manySeeds = flag.Int("seeds", 0, "how many seeds TestSeeds runs; 0: the same 200 each time, and 100 that nobody has run before")
	firstSeed = flag.Int("first", 0, "the first of them")
	stopSeeds = flag.Bool("stop", false, "stop at the first seed that fails")
)

// runSeed carries out one workload in a bubble of its own.
func runSeed(t *testing.T, w Workload) *Report {
	t.Helper()
	var report *Report
	synctest.Test(t, func(t *testing.T) {
		var err error
		if report, err = w.Run(); err != nil {
			t.Fatal(err)
		}
	})
	return report
}

func TestSeeds(t *testing.T) {
	if *oneSeed >= 0 {
		r := runSeed(t, Workload{Seed: Seed(*oneSeed)})
		t.Logf("%s\n%s\n%s", r, r.History, r.Trace)
		if len(r.Violations) > 0 {
			t.Fail()
		}
		return
	}
	seeds := seedsToRun()
	next, total := make(chan int), Report{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := range next {
				r := runSeed(t, Workload{Seed: Seed(seed)})
				mu.Lock()
				for o, n := range r.Outcomes {
					total.Outcomes[o] += n
				}
				total.Excused = append(total.Excused, r.Excused...)
				mu.Unlock()
				if len(r.Violations) > 0 {
					t.Errorf("%s\nreplay it with: go test ./node/sim -run TestSeeds -v -seed %d", r, seed)
				}
			}
		})
	}
	began := time.Now()
	for _, seed := range seeds {
		if *stopSeeds && t.Failed() {
			break
		}
		next <- seed
	}
	close(next)
	group.Wait()
	t.Logf("%d seeds in %s: %d operations ok, %d failed, %d without outcome, %d writes excused", len(seeds),
		time.Since(began).Round(time.Millisecond), total.Outcomes[OK], total.Outcomes[Fail], total.Outcomes[Info], len(total.Excused))
}

func seedsToRun() []int {
	var out []int
	for i := range *manySeeds {
		out = append(out, *firstSeed+i)
	}
	if len(out) > 0 {
		return out
	}
	fresh := int(time.Now().UnixMilli()) // a failure prints the seed: it is lost to nobody
	for i := range 300 {
		seed := i
		if i >= 200 {
			seed = fresh + i
		}
		out = append(out, seed)
	}
	return out
}
