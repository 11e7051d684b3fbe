package antientropy

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// List reads the keys of a copy, in ascending order: those that are not before from and whose positions are not
// above last. It is storage's part: a short read of an index, whose order this is. It must yield what was on disk
// at some moment since the call began, as the tree does, and ends with an error where it cannot read on. Calls may
// be concurrent.
type List func(ctx context.Context, from Key, last uint64) iter.Seq2[KeyState, error]

// each calls visit for each key until that says false. It refuses a listing that breaks its promise: a wrong order
// would show up as differences without end.
func (l List) each(ctx context.Context, from Key, last uint64, visit func(KeyState) bool) error {
	seen := 0
	for k, err := range l(ctx, from, last) {
		if err != nil {
			return err
		}
		if seen%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := k.check(); err != nil {
			return err
		}
		if c := k.Compare(from); c < 0 || c == 0 && seen > 0 || k.Position > last {
			return fmt.Errorf("the key %q at %#x is out of order, or was not asked for", k.Name, k.Position)
		}
		if !visit(k) {
			return nil
		}
		from = k.Key
		seen++
	}
	return nil
}

// Side is one of two copies of a range that are compared. Copy is one; another node's is reached by sending it the
// request and returning its Copy's answer. What Ask returns belongs to the caller.
type Side interface {
	Ask(ctx context.Context, r Request) (Answer, error)
}

// Copy is one node's copy of a range: its tree, and its keys in order. It answers for every span of every level:
// what lies below the tree's leaves is summed from the keys. It may be used concurrently, and while the tree and
// the keys change.
type Copy struct {
	tree *Tree
	list List
}

// NewCopy puts a tree and the listing of the keys that it stands for together.
func NewCopy(tree *Tree, list List) *Copy { return &Copy{tree, list} }

// Ask answers a request, which may come from anywhere. Errors wrap ErrRequest where it makes no sense; others are
// the listing's, or those of ctx.
func (c *Copy) Ask(ctx context.Context, r Request) (Answer, error) {
	if err := r.check(); err != nil {
		return Answer{}, err
	}
	var a Answer
	var err error
	if r.Want == WantSums {
		a.Sums, err = c.sums(ctx, r)
	} else {
		a.Keys, a.More, err = c.keys(ctx, r)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("antientropy: read the copy of %s: %w", c.tree.extent, err)
	}
	return a, nil
}

func (c *Copy) sums(ctx context.Context, r Request) ([]Sum, error) {
	if len(r.Spans) == 0 {
		return []Sum{c.tree.Root()}, nil
	}
	sums := make([]Sum, 0, len(r.Spans)*FanOut)
	for _, span := range r.Spans {
		children, err := c.childrenOf(ctx, span)
		if err != nil {
			return nil, err
		}
		sums = append(sums, children[:]...)
	}
	return sums, nil
}

func (c *Copy) childrenOf(ctx context.Context, s Span) (sums [FanOut]Sum, err error) {
	level := int(s.Level) + 1
	if level <= c.tree.depth {
		return c.tree.childrenOf(s), nil
	}
	first, last := c.tree.extent.Bounds(s)
	err = c.list.each(ctx, Key{Position: first}, last, func(k KeyState) bool {
		sum := &sums[c.tree.extent.Span(level, k.Position).Index%FanOut]
		*sum = sum.Xor(k.Sum)
		return true
	})
	return sums, err
}

func (c *Copy) keys(ctx context.Context, r Request) (keys []KeyState, more bool, err error) {
	size := 0
	for _, span := range r.Spans {
		first, last := c.tree.extent.Bounds(span)
		from := Key{Position: first}
		if from.Compare(r.From) < 0 {
			from = r.From
		}
		err := c.list.each(ctx, from, last, func(k KeyState) bool {
			more = len(keys) == r.KeysMax || size >= pageBytesMax
			if !more {
				keys = append(keys, k)
				size += keyBytesMin + len(k.Name)
			}
			return !more
		})
		if err != nil || more {
			return keys, more, err
		}
	}
	return keys, false, nil
}

// ErrRequest is what errors wrap when a request makes no sense: the program that made it is at fault.
var ErrRequest = errors.New("antientropy: this request makes no sense")

// ErrAnswer is what errors wrap when an answer does not fit its request: the other side is at fault.
var ErrAnswer = errors.New("antientropy: this answer does not fit its request")
