package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// repeatWithin is how long a repeat of the first signal is taken for that signal: timeout(1) sends it to its
// child and to the child's group. Nobody who wants a program to end at once is as fast.
const repeatWithin = 200 * time.Millisecond

// atSecondSignal calls then, once, when a second signal to end comes: another than the first, or the same one
// again after repeatWithin. Until stop is called the signals are listened to beside whoever else does.
func atSecondSignal(then func()) (stop func()) {
	signals, stopped := make(chan os.Signal, 4), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if awaitSecond(signals, stopped) {
			then()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(stopped)
	}
}

// awaitSecond waits for the second signal; false when stopped comes first.
func awaitSecond(signals <-chan os.Signal, stopped <-chan struct{}) bool {
	var first os.Signal
	var at time.Time
	for {
		select {
		case <-stopped:
			return false
		case s := <-signals:
			switch {
			case first == nil:
				first, at = s, time.Now()
			case s != first || time.Since(at) >= repeatWithin:
				return true
			}
		}
	}
}
