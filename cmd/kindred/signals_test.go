package main

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestARepeatOfTheFirstSignalIsNoSecondOne(t *testing.T) {
	type sent struct {
		after  time.Duration // since the one before
		signal os.Signal
	}
	const term, soon, late = syscall.SIGTERM, 50 * time.Millisecond, time.Second
	for _, c := range []struct {
		name    string
		signals []sent
		second  bool
	}{
		{"none", nil, false},
		{"one", []sent{{soon, term}}, false},
		{"one that comes twice at once", []sent{{soon, term}, {0, term}}, false},
		{"one that comes three times within 200 ms", []sent{{late, term}, {soon, term}, {soon, term}}, false},
		{"the same again later", []sent{{soon, term}, {late, term}}, true},
		{"the same again at once and later", []sent{{soon, term}, {0, term}, {late, term}}, true},
		{"another one at once", []sent{{soon, os.Interrupt}, {0, term}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals, stopped, got := make(chan os.Signal, 4), make(chan struct{}), make(chan bool, 1)
				go func() { got <- awaitSecond(signals, stopped) }()
				for _, s := range c.signals {
					time.Sleep(s.after) // virtual
					signals <- s.signal
				}
				synctest.Wait()
				close(stopped)
				if second := <-got; second != c.second {
					t.Errorf("a second signal: %v, want %v", second, c.second)
				}
			})
		})
	}
}
