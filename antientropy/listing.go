package antientropy

import "context"

// list compares the keys of the spans, which both copies list in the same order, and finds those that differ.
func (w *walk) list(ctx context.Context, pairs []pair) error {
	local := listing{ask: w.askLocal, request: Request{Want: WantKeys, From: w.From, KeysMax: KeysMax}, more: true}
	remote := local
	remote.ask = w.askRemote
	for _, p := range pairs {
		local.request.Spans = append(local.request.Spans, p.Span)
		if !p.remote.IsZero() { // what came to be there since is no difference that stood all the while
			remote.request.Spans = append(remote.request.Spans, p.Span)
		}
	}
	hits := make([]bool, len(pairs)) // the spans in which a key differs
	for at := 0; ; {
		if err := w.fill(ctx, &local, &remote); err != nil {
			return err
		}
		d, ok := nextOf(&local, &remote)
		if !ok {
			break
		}
		if d.Local != d.Remote {
			if err := w.found(d); err != nil {
				return err
			}
			w.report.Differences++
			for !w.Extent.has(pairs[at].Span, d.Position) { // every key lies in one of them
				at++
			}
			hits[at] = true
		}
		w.report.Next = d.Key.next()
		if w.KeysMax--; w.KeysMax == 0 { // one that began at 0 does not come by here again
			return errSpent
		}
	}
	for i, p := range pairs {
		w.countBarren(p, hits[i])
	}
	_, last := w.Extent.Bounds(pairs[len(pairs)-1].Span)
	w.report.Next = Key{Position: last + 1} // where that lies beyond the extent, this was the end of it
	return nil
}

func (w *walk) fill(ctx context.Context, sides ...*listing) error {
	for _, l := range sides {
		n, err := l.fill(ctx, w.Extent)
		if err != nil {
			return err
		}
		w.report.Keys += int64(n)
	}
	return nil
}

// nextOf takes the next key off both listings, or off the one that has it. Both have been filled.
func nextOf(local, remote *listing) (Difference, bool) {
	switch {
	case len(local.page) == 0 && len(remote.page) == 0:
		return Difference{}, false
	case len(remote.page) == 0 || len(local.page) > 0 && local.page[0].Compare(remote.page[0].Key) < 0:
		k := local.take()
		return Difference{Key: k.Key, Local: k.Sum}, true
	case len(local.page) == 0 || remote.page[0].Compare(local.page[0].Key) < 0:
		k := remote.take()
		return Difference{Key: k.Key, Remote: k.Sum}, true
	}
	here, there := local.take(), remote.take()
	return Difference{here.Key, here.Sum, there.Sum}, true
}

// listing reads the keys of some spans of one copy, a page at a time.
type listing struct {
	ask     func(context.Context, Request) (Answer, error)
	request Request // for the next page
	page    []KeyState
	more    bool // behind the page
}

// fill reads the next page where the last one is used up, and returns its length. The page is empty only where there
// are no keys left.
func (l *listing) fill(ctx context.Context, extent Extent) (int, error) {
	if len(l.page) > 0 || !l.more {
		return 0, nil
	}
	l.more = false
	l.request.Spans = extent.behind(l.request.Spans, l.request.From.Position)
	if len(l.request.Spans) == 0 {
		return 0, nil
	}
	a, err := l.ask(ctx, l.request)
	if err != nil {
		return 0, err
	}
	l.page, l.more = a.Keys, a.More
	if l.more {
		l.request.From = a.Keys[len(a.Keys)-1].next()
	}
	return len(a.Keys), nil
}

func (l *listing) take() KeyState {
	k := l.page[0]
	l.page = l.page[1:]
	return k
}
