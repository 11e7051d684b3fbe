package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

func testSerial(t *testing.T, s *Subject) {
	const writers, writes = 8, 20
	var wg sync.WaitGroup
	inside := 0 // guarded by the key's lock, which is under test
	for w := range writers {
		wg.Go(func() {
			for i := range writes {
				err := s.Store.Update(context.Background(), key(1), false, func(h node.Held) (node.Change, error) {
					inside++
					if inside != 1 {
						return node.Change{}, errors.New("two changes of one key at once")
					}
					defer func() { inside-- }()
					var dot clock.Dot
					return add(h, clock.Clock{}, content(w*writes+i, 20), nil, &dot)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(mustRead(t, s.Store, key(1), 0).Versions); got != writers*writes {
		t.Errorf("%d of %d blind writes are there", got, writers*writes)
	}
}

func testParallel(t *testing.T, s *Subject) {
	err := s.Store.Update(context.Background(), key(1), false, func(node.Held) (node.Change, error) {
		for i := 2; i < 20; i++ { // also one of the same range, wherever it lies
			if _, err := put(s.Store, key(i), content(i, 10)); err != nil {
				return node.Change{}, err
			}
		}
		return node.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testLockTimeout(t *testing.T, s *Subject) {
	late := func(node.Held) (node.Change, error) { return node.Change{}, errors.New("the change ran") }
	err := s.Store.Update(context.Background(), key(1), false, func(node.Held) (node.Change, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		if err := s.Store.Update(ctx, key(1), false, late); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for a lock past the deadline gave %v", err)
		}
		return node.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s.Store, key(1), content(1, 10))
}

func testAtomicReads(t *testing.T, s *Subject) {
	const writes = 60
	a, b := content(1, 40_000), content(2, 90)
	mustPut(t, s.Store, key(1), a)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for i := range writes {
			c := a
			if i%2 == 0 {
				c = b
			}
			if _, err := put(s.Store, key(1), c); err != nil {
				t.Error(err)
			}
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		rec := mustRead(t, s.Store, key(1), -1)
		if err := rec.Check(); err != nil || !rec.Whole() || len(rec.Versions) != 1 {
			t.Errorf("a reader met %d versions, whole: %t, %v", len(rec.Versions), rec.Whole(), err)
			break
		}
	}
	wg.Wait()
}
