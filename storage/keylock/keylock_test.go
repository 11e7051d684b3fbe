package keylock

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
)

func TestOneKeyIsSerialAndOthersAreNot(t *testing.T) {
	var locks Table
	a, b := node.NewKey("bucket", "a", 3), node.NewKey("bucket", "b", 3)
	unlockA, err := locks.Lock(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	unlockB, err := locks.Lock(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	unlockB()

	var wg sync.WaitGroup
	inside, most := 0, 0
	for range 8 {
		wg.Go(func() {
			unlock, err := locks.Lock(context.Background(), a)
			if err != nil {
				t.Error(err)
				return
			}
			inside++ // guarded by the lock under test
			most = max(most, inside)
			inside--
			unlock()
		})
	}
	unlockA()
	wg.Wait()
	if most != 1 {
		t.Errorf("%d held one key at once", most)
	}
	if n := locks.Len(); n != 0 {
		t.Errorf("%d locks are kept for keys that nobody holds", n)
	}
}

func TestAWaiterLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var locks Table
		key := node.NewKey("bucket", "a", 3)
		unlock, err := locks.Lock(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := locks.Lock(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting past the deadline gave %v", err)
		}
		unlock()
		unlock, err = locks.Lock(ctx, key)
		if err != nil {
			t.Errorf("a free key was refused: %v", err)
		} else {
			unlock()
		}
		if n := locks.Len(); n != 0 {
			t.Errorf("%d locks are kept for keys that nobody holds", n)
		}
	})
}
