package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressIsABarWhereSomebodyWatchesAndLinesElsewhere(t *testing.T) {
	half := progress{
		since: repairSum{keys: 5, bytes: 5000, failed: 1},
		now:   repairSum{pairs: 1000, due: 500, keys: 105, bytes: 1_005_000, failed: 3}, took: 10 * time.Second,
	}
	paused := half
	paused.now.paused = 2
	young := progress{now: repairSum{pairs: 1000, due: 1000}, took: time.Millisecond}
	for _, c := range []struct {
		name     string
		p        progress
		terminal bool
		want     string
	}{
		{"half of it as a line", half, false, "500 of 1,000 pairs met · 100 differences found · 1.0 MB moved · 2 broken off, to be tried again · 10s left\n"},
		{"half of it as a bar", half, true, "\r\x1b[K[██████████░░░░░░░░░░] 500 of 1,000 pairs met · 100 differences found · 1.0 MB moved · 2 broken off, to be tried again · 10s left"},
		{"a pause has no time left", paused, false, "500 of 1,000 pairs met · 100 differences found · 1.0 MB moved · 2 broken off, to be tried again · paused on 2 nodes: kindred repair resume\n"},
		{"the beginning has no rate", young, true, "\r\x1b[K[░░░░░░░░░░░░░░░░░░░░] 0 of 1,000 pairs met · nothing differed"},
		{"no pairs are no division by zero", progress{}, true, "\r\x1b[K[░░░░░░░░░░░░░░░░░░░░] 0 of 0 pairs met · nothing differed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			a := &app{out: &out, terminal: c.terminal}
			a.showProgress(c.p)
			if got := strings.ReplaceAll(out.String(), self(), "kindred"); got != c.want {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

func TestARoundIsOverWhenAllHaveMetThatCan(t *testing.T) {
	for _, c := range []struct {
		name string
		now  repairSum
		over bool
	}{
		{"all met", repairSum{pairs: 4}, true},
		{"one is due", repairSum{pairs: 4, due: 1}, false},
		{"those that are due wait for a node that is away", repairSum{pairs: 4, due: 2, away: 2}, true},
		{"one is due beside those", repairSum{pairs: 4, due: 3, away: 2}, false},
		{"nobody compares anything", repairSum{}, true},
	} {
		if got := (progress{now: c.now}).over(); got != c.over {
			t.Errorf("%s: over is %v", c.name, got)
		}
	}
}
