package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
)

// How a wait looks again: often where somebody watches a bar, once a second where lines are kept.
const (
	lookForBar   = 250 * time.Millisecond
	lookForLines = time.Second
)

// waitForRound shows progress until every pair of copies that can meet has met. before is how things stood
// before the round was asked for, rows how they stood right after.
func (a *app) waitForRound(ctx context.Context, before repairSum, rows []nodeRepair) error {
	began, every, shown := time.Now(), lookForLines, ""
	if a.terminal {
		every = lookForBar
	}
	refused := notAll(rows) // who had no part in it from the start
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		p := progress{since: before, now: sumOf(rows), took: time.Since(began)}
		if p.over() {
			return a.roundOver(p, rows, refused)
		}
		if !a.json() && shown != p.counts() {
			a.showProgress(p)
			shown = p.counts()
		}
		select {
		case <-look.C:
			next, err := a.steerAll(ctx, nil)
			if err == nil {
				rows = next
				continue
			}
			if ctx.Err() == nil {
				return err
			}
		case <-ctx.Done():
		}
		return a.detach()
	}
}

// detach leaves a wait.
func (a *app) detach() error {
	lead := ""
	if a.terminal {
		lead = "\n" // the bar's line, which ends with ^C
	}
	fmt.Fprintf(a.errOut, "%sdetached; the round goes on. Look again: %s repair status\n", lead, self())
	return quietly(exitFailed)
}

// roundOver tells how it went, and fails where not every node had its part.
func (a *app) roundOver(p progress, rows []nodeRepair, refused error) error {
	if a.json() {
		if err := a.printJSON(repairDocument{rows}); err != nil {
			return err
		}
	} else {
		if a.terminal {
			a.printf("\r\x1b[K")
		}
		a.printf("%s of copies met in %s · %s\n", figures.Plural(int64(p.met()), "pair"), figures.Seconds(p.took), p.found())
	}
	if refused == nil {
		refused = notAll(rows)
	}
	if refused == nil && p.now.away > 0 {
		refused = &failure{exit: exitFailed, message: figures.Plural(int64(p.now.away), "pair") + " could not meet: a node is away",
			next: "See which: " + self() + " status"}
	}
	return refused
}

// progress is a round under way.
type progress struct {
	since, now repairSum
	took       time.Duration
}

func (p progress) met() int { return p.now.pairs - p.now.due }

// over says whether all have met that can.
func (p progress) over() bool { return p.now.due <= p.now.away }

// found is what the round has moved so far.
func (p progress) found() string {
	keys, bytes := max(p.now.keys-p.since.keys, 0), max(p.now.bytes-p.since.bytes, 0)
	if keys == 0 {
		return "nothing differed"
	}
	return fmt.Sprintf("%s found · %s moved", figures.Plural(keys, "difference"), figures.Bytes(bytes))
}

// counts is a line without the time left.
func (p progress) counts() string {
	line := fmt.Sprintf("%s of %s met · %s", figures.Count(int64(p.met())), figures.Plural(int64(p.now.pairs), "pair"), p.found())
	if failed := p.now.failed - p.since.failed; failed > 0 {
		line += fmt.Sprintf(" · %s broken off, to be tried again", figures.Count(failed))
	}
	if p.now.paused > 0 {
		line += fmt.Sprintf(" · paused on %s: %s repair resume", figures.Plural(int64(p.now.paused), "node"), self())
	}
	return line
}

// left is the time that the rest takes at the present rate; "" where there is none yet.
func (p progress) left() string {
	can := p.now.pairs - p.now.away
	if p.met() == 0 || p.now.paused > 0 || p.took < time.Second {
		return ""
	}
	rest := time.Duration(float64(p.took) * float64(can-p.met()) / float64(p.met()))
	return " · " + figures.Span(rest) + " left"
}

const barWidth = 20 // columns

// showProgress draws the bar anew, or writes one more line.
func (a *app) showProgress(p progress) {
	if !a.terminal {
		a.printf("%s%s\n", p.counts(), p.left())
		return
	}
	full := 0
	if p.now.pairs > 0 {
		full = barWidth * p.met() / p.now.pairs
	}
	a.printf("\r\x1b[K[%s%s] %s%s", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), p.counts(), p.left())
}
