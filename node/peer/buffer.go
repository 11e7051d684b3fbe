package peer

import (
	"slices"
	"sync"
	"sync/atomic"
)

// buffer is memory for one encoded message. It has one owner at a time, who frees it.
type buffer struct {
	b      []byte
	budget *budget // where not nil, size bytes of it are taken until the buffer is freed
	size   int
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// newBuffer is an empty buffer with room for about n bytes.
func newBuffer(n int) *buffer {
	f := buffers.Get().(*buffer)
	f.b = slices.Grow(f.b[:0], n)
	return f
}

// free gives the memory back; the buffer must not be used any more.
func (f *buffer) free() {
	if f.budget != nil {
		f.budget.left.Add(int64(f.size))
		f.budget, f.size = nil, 0
	}
	if cap(f.b) <= 2*chunkBytesMax { // the few long ones would hold their memory for nothing
		buffers.Put(f)
	}
}

// budget bounds the memory of long messages.
type budget struct{ left atomic.Int64 }

func newBudget(size int) *budget {
	b := new(budget)
	b.left.Store(int64(size))
	return b
}

// claim counts size bytes against the budget until the buffer is freed, or says that they are not there.
func (b *budget) claim(f *buffer, size int) bool {
	if b.left.Add(-int64(size)) < 0 {
		b.left.Add(int64(size))
		return false
	}
	f.budget, f.size = b, size
	return true
}
