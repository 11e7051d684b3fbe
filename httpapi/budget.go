package httpapi

import "sync/atomic"

// budget is a bound on a sum of bytes, shared by all requests. It never waits: what does not fit is refused.
type budget struct {
	max  int64
	used atomic.Int64
}

// take reserves n bytes, or says that they do not fit.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) <= b.max {
		return true
	}
	b.used.Add(-n)
	return false
}

// give returns what was taken.
func (b *budget) give(n int64) { b.used.Add(-n) }
