package node

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestANodeThatFailedIsPassedOverForAMomentThenOneFindsOutForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHealth(time.Second)
		suspect := func(when string, want bool) {
			t.Helper()
			if got := h.suspect(2); got != want {
				t.Errorf("%s: suspect %t, want %t", when, got, want)
			}
		}
		suspect("before anything was heard", false)
		h.heard(2, false)
		suspect("just failed", true)
		if h.suspect(3) {
			t.Error("another node is suspected too")
		}
		time.Sleep(time.Second)
		suspect("until the moment is over", true)
		time.Sleep(time.Millisecond)
		suspect("whoever looks then may try", false)
		suspect("and to look prolongs nothing", false)
		h.trying(2)
		suspect("while one tries, the others wait for what that one finds", true)
		time.Sleep(time.Second + time.Millisecond)
		suspect("and where that one never tells, another tries", false)
		h.trying(3)
		suspect("a try of another node says nothing", false)
		h.heard(2, false)
		suspect("it failed again", true)
		h.heard(2, true)
		suspect("it answered", false)
		suspect("for all", false)
	})
}
