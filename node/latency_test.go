package node

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestThe99thPercentileIsABoundATenthAboveAtMost(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			var l latency
			var all []int64
			for range 1 + r.IntN(500) {
				us := int64(1) << r.IntN(26)
				us += r.Int64N(us)
				all = append(all, us)
				l.record(time.Duration(us) * time.Microsecond)
			}
			slices.Sort(all)
			exact := all[len(all)-1-len(all)/100] // one in a hundred may be above it
			if got := l.p99(); got < exact || float64(got) > 1.1*float64(exact)+1 {
				t.Errorf("%d requests: p99 %d µs, exactly %d", len(all), got, exact)
			}
		})
	}
}

func TestLatenciesAreThoseOfThisMinuteAndTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l latency
		if got := l.p99(); got != 0 {
			t.Errorf("%d with no request", got)
		}
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		l.record(time.Second)
		for minute, want := range []bool{true, true, false} {
			if got := l.p99() > 0; got != want {
				t.Errorf("%d minutes later it counts: %t", minute, got)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestLatenciesBeyondTheScaleAreCountedAtItsEnds(t *testing.T) {
	for name, d := range map[string]time.Duration{"none": 0, "negative, by a clock that jumped": -time.Hour, "an hour": time.Hour} {
		var l latency
		l.record(d)
		if got := l.p99(); got < 1 || got > int64(2*time.Minute/time.Microsecond) {
			t.Errorf("%s: %d µs", name, got)
		}
	}
}
