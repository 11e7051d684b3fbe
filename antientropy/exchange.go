package antientropy

import (
	"context"
	"errors"
	"fmt"
)

// DefaultLevel is the level down to which an exchange compares sums before it lists keys.
const DefaultLevel = 2

// Exchange compares a copy of a range with another one. It is a plain value: set the fields, call Run.
type Exchange struct {
	// Extent is what both copies cover.
	Extent Extent
	// Local is this node's copy and Remote the other one. Remote is trusted with nothing but its sums: what it
	// answers is checked against what it was asked, and refused with an error that wraps ErrAnswer.
	Local, Remote Side
	// From is where to begin: Report.Next of a run that was cut short, or the zero Key.
	From Key
	// Level is the one down to which sums are compared, 1 to LevelMax; 0 stands for DefaultLevel.
	Level int
	// KeysMax ends the run, with Done unset, after that many keys were compared one by one; 0: no end. It bounds
	// what one run costs, and what a remote that lists without end can make of it.
	KeysMax int
}

// Difference is a key that one copy holds and the other does not, or in another state. A sum of zero says that the
// copy does not hold the key; the sums are never equal.
type Difference struct {
	Key
	Local, Remote Sum
}

// Report says how far a run came.
type Report struct {
	// Done says that the whole range was compared. Else all before Next was, and a further exchange goes on there.
	Done bool
	Next Key
	Stats
}

// Stats are the costs of a run.
type Stats struct {
	// Rounds counts requests to the remote that it answered; Sent and Received are their bytes, encoded.
	Rounds, Sent, Received int64
	// Spans counts pairs of sums that were compared, Keys the keys that were listed, those of both copies.
	Spans, Keys int64
	// Differences counts the keys that were found to differ.
	Differences int64
	// Barren counts spans whose sums differed and nothing below them did. Copies that are written to meanwhile
	// have some; where copies at rest do, a tree does not fit its keys, and a scrub must find which.
	Barren int64
}

// Add adds the costs of another run.
func (s *Stats) Add(other Stats) {
	s.Rounds += other.Rounds
	s.Sent += other.Sent
	s.Received += other.Received
	s.Spans += other.Spans
	s.Keys += other.Keys
	s.Differences += other.Differences
	s.Barren += other.Barren
}

// errSpent ends a walk whose budget is used up. It does not leave the package.
var errSpent = errors.New("the budget of keys is used up")

// Run walks down where the copies differ and calls found for each key that does, in ascending order. Equal copies
// cost one round of less than 100 bytes. It runs in the caller's goroutine, has one request under way at a time and
// holds a few pages of sums and keys, however large the copies and whatever the remote answers.
//
// Both copies may change meanwhile. Every key that differs all the while is found; what is found is a hint to
// compare that key, for it may be equal by now.
//
// An error of a side, of ctx or of found ends the run; the report is right then too, and the key that found failed
// on is still to come. Errors: ErrAnswer where an answer does not fit its request, those of the sides, of found, and
// of ctx, wrapped.
func (x Exchange) Run(ctx context.Context, found func(Difference) error) (Report, error) {
	if x.Level == 0 {
		x.Level = DefaultLevel
	}
	if err := x.check(); err != nil {
		return Report{Next: x.From}, err
	}
	w := &walk{Exchange: x, found: found, report: Report{Next: x.From}}
	switch err := w.root(ctx); {
	case err == nil:
		w.report.Done, w.report.Next = true, Key{}
	case !errors.Is(err, errSpent):
		return w.report, fmt.Errorf("antientropy: compare the copies of %s: %w", x.Extent, err)
	}
	return w.report, nil
}

func (x Exchange) check() error {
	switch {
	case x.Local == nil || x.Remote == nil:
		return errors.New("antientropy: an exchange needs two copies: Exchange.Local or Exchange.Remote is nil")
	case x.Level < 1 || x.Level > LevelMax:
		return fmt.Errorf("antientropy: an exchange down to level %d: 1 to %d is possible", x.Level, LevelMax)
	case x.KeysMax < 0:
		return fmt.Errorf("antientropy: an exchange of %d keys at most", x.KeysMax)
	case x.From != Key{} && (!x.Extent.Contains(x.From.Position) || len(x.From.Name) > NameBytesMax+1):
		return fmt.Errorf("antientropy: an exchange of %s from position %#x and a name of %d bytes: that is no place of it",
			x.Extent, x.From.Position, len(x.From.Name))
	}
	return nil
}

// askLocal and askRemote put a request and check its answer, which is as long as the request allows at most.

func (w *walk) askLocal(ctx context.Context, r Request) (Answer, error) {
	a, err := w.Local.Ask(ctx, r)
	if err == nil {
		err = a.check(w.Extent, r)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("the copy here: %w", err)
	}
	return a, nil
}

func (w *walk) askRemote(ctx context.Context, r Request) (Answer, error) {
	if ctx.Err() != nil {
		return Answer{}, context.Cause(ctx)
	}
	a, err := w.Remote.Ask(ctx, r)
	if err == nil {
		w.report.Rounds++
		w.report.Sent += int64(r.Size())
		w.report.Received += int64(a.Size())
		err = a.check(w.Extent, r)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("the copy there: %w", err)
	}
	return a, nil
}
