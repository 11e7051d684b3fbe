package httpapi

import (
	"testing"
	"time"
)

func TestALimiterCountsWhatItHoldsBack(t *testing.T) {
	var l limiter
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		after   time.Duration
		ok      bool
		skipped int
	}{
		{0, true, 0},
		{0, false, 0},
		{logPause - 1, false, 0},
		{logPause, true, 2},
		{2*logPause - 1, false, 0},
		{3 * logPause, true, 1},
		{4 * logPause, true, 0},
	} {
		if skipped, ok := l.pass(start.Add(c.after)); ok != c.ok || skipped != c.skipped {
			t.Errorf("after %v: %v with %d skipped, want %v with %d", c.after, ok, skipped, c.ok, c.skipped)
		}
	}
}
