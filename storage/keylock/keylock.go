// Package keylock gives each key of a store a lock of its own, that a caller may stop waiting for.
//
// A Table holds no memory for keys that nobody locks. It starts no goroutines; its waits are channel
// operations, so that it can run under testing/synctest.
package keylock

import (
	"context"
	"sync"

	"github.com/kindreddb/kindred/node"
)

// Table is a set of locks, one a key. The zero Table is ready; it must not be copied. All methods may be
// called concurrently.
type Table struct {
	mu    sync.Mutex
	locks map[node.Key]*lock
}

// lock is held by whoever took the token out of free. refs counts holder and waiters together.
type lock struct {
	free chan struct{}
	refs int
}

// Lock waits until the key is free and takes it, or returns ctx's error. After success the caller must call
// unlock once. A free key is taken even when ctx has ended.
func (t *Table) Lock(ctx context.Context, key node.Key) (unlock func(), err error) {
	l := t.join(key)
	select {
	case <-l.free:
		return func() { t.leave(key, l, true) }, nil
	default:
	}
	select {
	case <-l.free:
		return func() { t.leave(key, l, true) }, nil
	case <-ctx.Done():
		t.leave(key, l, false)
		return nil, context.Cause(ctx)
	}
}

// Len counts the keys that are locked or waited for.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.locks)
}

func (t *Table) join(key node.Key) *lock {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.locks[key]
	if l == nil {
		l = &lock{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		if t.locks == nil {
			t.locks = make(map[node.Key]*lock)
		}
		t.locks[key] = l
	}
	l.refs++
	return l
}

func (t *Table) leave(key node.Key, l *lock, held bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if held {
		l.free <- struct{}{}
	}
	if l.refs--; l.refs == 0 {
		delete(t.locks, key)
	}
}
