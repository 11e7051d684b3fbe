package peer

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestPausesDoubleUpToTheirMost(t *testing.T) {
	for failures := range 100 {
		most := min(backoffMin<<min(failures, 30), 2*time.Second)
		if d := backoff(failures, 2*time.Second); d > most || d < most-most/4-1 {
			t.Errorf("after %d failures: %s", failures, d)
		}
	}
}

func TestAWarningIsWrittenOnceInAWhile(t *testing.T) {
	r := newRateLimit()
	now := time.Now()
	if !r.allow("a", now) || r.allow("a", now.Add(warnEvery-1)) || !r.allow("b", now) || !r.allow("a", now.Add(warnEvery)) {
		t.Error("not once in a while")
	}
	for i := range 10 * subjectsKept {
		r.allow(fmt.Sprint(i), now)
	}
	if n := len(r.last); n > subjectsKept {
		t.Errorf("%d subjects are kept", n)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	for range 3 {
		r.log(log, "subject", "message", "key", "value")
	}
	if strings.Count(out.String(), "msg=message key=value") != 1 {
		t.Error(out.String())
	}
}

func TestAGateLetsNobodyInOnceItIsShutAndWaitsForTheLast(t *testing.T) {
	g := newGate()
	for range 2 {
		if !g.enter() {
			t.Fatal("it is open")
		}
	}
	empty := g.shut()
	if g.enter() {
		t.Error("it is shut")
	}
	g.leave()
	select {
	case <-empty:
		t.Error("one is still inside")
	default:
	}
	g.leave()
	<-empty
	<-newGate().shut()
}

func TestABudgetGivesNoMoreThanItHas(t *testing.T) {
	b := newBudget(100)
	x, y := newBuffer(0), newBuffer(0)
	if !b.claim(x, 60) || b.claim(y, 41) || !b.claim(y, 40) {
		t.Error("not its size")
	}
	x.free()
	y.free()
	if left := b.left.Load(); left != 100 {
		t.Errorf("%d are left", left)
	}
}
