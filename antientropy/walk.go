package antientropy

import (
	"context"
	"slices"
)

// walk is one run of an exchange. It goes through the spans in ascending order, depth first, some of them at a time,
// so that one key says how far it came and a bounded number of sums is in memory.
type walk struct {
	Exchange
	found  func(Difference) error
	report Report
}

// pair is one span in both copies; the sums differ.
type pair struct {
	Span
	local, remote Sum
}

func (w *walk) root(ctx context.Context) error {
	roots, err := w.differing(ctx, nil)
	if err != nil {
		return err
	}
	return w.visit(ctx, roots)
}

// visit finds the keys that differ in the spans, which are ascending and may be of several levels.
func (w *walk) visit(ctx context.Context, pairs []pair) error {
	for some := range slices.Chunk(pairs, SpansMax) {
		var err error
		if slices.ContainsFunc(some, w.isOpened) {
			if some, err = w.open(ctx, some); err == nil {
				err = w.visit(ctx, some)
			}
		} else {
			err = w.list(ctx, some)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isOpened says whether the sums below a span are compared. Else its keys are listed: so deep down, and where one
// copy has nothing to compare sums with.
func (w *walk) isOpened(p pair) bool {
	return int(p.Level) < w.Level && !p.local.IsZero() && !p.remote.IsZero()
}

// open puts in the place of spans those of their children that differ, and leaves those that are to be listed.
func (w *walk) open(ctx context.Context, pairs []pair) ([]pair, error) {
	var parents []Span
	for _, p := range pairs {
		if w.isOpened(p) {
			parents = append(parents, p.Span)
		}
	}
	children, err := w.differing(ctx, parents)
	if err != nil {
		return nil, err
	}
	var opened []pair
	for _, p := range pairs {
		if !w.isOpened(p) {
			opened = append(opened, p)
			continue
		}
		n := 0
		for n < len(children) && children[n].Index/FanOut == p.Index && children[n].Level == p.Level+1 {
			n++
		}
		opened, children = append(opened, children[:n]...), children[n:]
		w.countBarren(p, n > 0)
	}
	return opened, nil
}

// differing asks both copies for the sums of the children of some spans, or of the whole where there are none, and
// gives those that differ, but for what lies before where the exchange began.
func (w *walk) differing(ctx context.Context, parents []Span) ([]pair, error) {
	r := Request{Want: WantSums, Spans: parents}
	remote, err := w.askRemote(ctx, r)
	if err != nil {
		return nil, err
	}
	local, err := w.askLocal(ctx, r)
	if err != nil {
		return nil, err
	}
	w.report.Spans += int64(len(local.Sums))
	var pairs []pair
	for i, sum := range local.Sums {
		p := pair{Span{}, sum, remote.Sums[i]}
		if len(parents) > 0 {
			p.Span = parents[i/FanOut].children()
			p.Index += uint32(i % FanOut)
		}
		_, last := w.Extent.Bounds(p.Span)
		if p.local != p.remote && last >= w.From.Position {
			pairs = append(pairs, p)
		}
	}
	return pairs, nil
}

// countBarren counts a span under which nothing was found, if the exchange looked at all of it.
func (w *walk) countBarren(p pair, found bool) {
	first, _ := w.Extent.Bounds(p.Span)
	if !found && w.From.Compare(Key{Position: first}) <= 0 {
		w.report.Barren++
	}
}
