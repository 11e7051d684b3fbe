package antientropy

import "fmt"

// What a request and its answer hold at most.
const (
	// SpansMax is the number of spans that one request names.
	SpansMax = 32
	// KeysMax is the number of keys that one answer lists.
	KeysMax = 1024
	// pageBytesMax ends an answer's list of keys once it is that long, so that long names do not make long
	// answers; a list ends with the key that reaches it.
	pageBytesMax = 48 << 10
	// keyBytesMin is about what a listed key takes beside its name: position, length and sum.
	keyBytesMin = 8 + 2 + SumBytes
	// AnswerBytesMax is more than any encoded answer has.
	AnswerBytesMax = 64 << 10
)

// Want says what a request asks for.
type Want uint8

// Sums of spans, or the keys in spans.
const (
	WantSums Want = 1
	WantKeys Want = 2
)

// Request asks one copy of a range for sums or for keys. The range itself is named by what carries the request.
type Request struct {
	Want Want
	// Spans are those to list, where keys are wanted; where sums are wanted, those whose children are to be summed,
	// or none for the sum of the whole. At most SpansMax, ascending; none lies in another.
	Spans []Span
	// From is the first key to be listed, or a mark before it. Only where keys are wanted, as KeysMax.
	From Key
	// KeysMax is how many keys are listed at most, 1 to KeysMax.
	KeysMax int
}

// Answer is what a copy says to a request.
type Answer struct {
	// Sums holds those of the FanOut children of each span, in the order of the request, or the one of the whole.
	Sums []Sum
	// Keys holds those of the spans, in ascending order, as many as fit.
	Keys []KeyState
	// More says that the next key did not fit. At least one did.
	More bool
}

// check says what is wrong with a request. The error wraps ErrRequest.
func (r Request) check() error {
	switch {
	case r.Want != WantSums && r.Want != WantKeys:
		return fmt.Errorf("%w: it wants %d: %d and %d are possible", ErrRequest, r.Want, WantSums, WantKeys)
	case len(r.Spans) > SpansMax:
		return fmt.Errorf("%w: %d spans: %d is the most", ErrRequest, len(r.Spans), SpansMax)
	case r.Want == WantKeys && len(r.Spans) == 0:
		return fmt.Errorf("%w: it wants keys of no span", ErrRequest)
	case r.Want == WantSums && (r.From != Key{} || r.KeysMax != 0):
		return fmt.Errorf("%w: it wants sums and bounds keys", ErrRequest)
	case r.Want == WantKeys && (r.KeysMax < 1 || r.KeysMax > KeysMax):
		return fmt.Errorf("%w: %d keys at most: 1 to %d is possible", ErrRequest, r.KeysMax, KeysMax)
	case len(r.From.Name) > NameBytesMax+1:
		return fmt.Errorf("%w: it begins at a name of %d bytes: %d is the most", ErrRequest, len(r.From.Name), NameBytesMax+1)
	}
	return r.checkSpans()
}

func (r Request) checkSpans() error {
	levelMax := LevelMax
	if r.Want == WantSums {
		levelMax-- // that of their children
	}
	free := uint32(0) // the first span of LevelMax behind those before
	for _, s := range r.Spans {
		if int(s.Level) > levelMax || s.Index >= spansOf(int(s.Level)) {
			return fmt.Errorf("%w: span %d of level %d: there is none, or it is too deep", ErrRequest, s.Index, s.Level)
		}
		first, last := s.deepest()
		if first < free {
			return fmt.Errorf("%w: span %d of level %d is out of order", ErrRequest, s.Index, s.Level)
		}
		free = last + 1
	}
	return nil
}

// check says why an answer cannot be one to the request, which itself is right. The error wraps ErrAnswer.
func (a Answer) check(extent Extent, r Request) error {
	if r.Want == WantSums {
		want := max(1, len(r.Spans)*FanOut)
		if len(a.Sums) != want || len(a.Keys) > 0 || a.More {
			return fmt.Errorf("%w: %d sums and %d keys in place of %d sums", ErrAnswer, len(a.Sums), len(a.Keys), want)
		}
		return nil
	}
	switch {
	case len(a.Sums) > 0:
		return fmt.Errorf("%w: %d sums in place of keys", ErrAnswer, len(a.Sums))
	case len(a.Keys) > r.KeysMax:
		return fmt.Errorf("%w: %d keys, and %d were asked for", ErrAnswer, len(a.Keys), r.KeysMax)
	case a.More && len(a.Keys) == 0:
		return fmt.Errorf("%w: no keys, and more to come", ErrAnswer)
	}
	from, spans := r.From, r.Spans
	for i, k := range a.Keys {
		if err := k.check(); err != nil {
			return fmt.Errorf("%w: %w", ErrAnswer, err)
		}
		if c := k.Compare(from); c < 0 || c == 0 && i > 0 {
			return fmt.Errorf("%w: the key %q at %#x is out of order", ErrAnswer, k.Name, k.Position)
		}
		if spans = extent.behind(spans, k.Position); len(spans) == 0 || !extent.has(spans[0], k.Position) {
			return fmt.Errorf("%w: the key %q at %#x is in no span that was asked for", ErrAnswer, k.Name, k.Position)
		}
		from = k.Key
	}
	return nil
}
