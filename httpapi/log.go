package httpapi

import (
	"log/slog"
	"sync"
	"time"
)

// logPause is the shortest time between two lines of one kind about requests: a log must not become the failure.
const logPause = time.Second

// limiter lets one event a pause through and counts the others.
type limiter struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

// pass says whether this event may be told, and how many were not told before it.
func (l *limiter) pass(now time.Time) (skipped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < logPause {
		l.skipped++
		return 0, false
	}
	skipped, l.skipped, l.last = l.skipped, 0, now
	return skipped, true
}

// logLimited writes to the log what the limiter lets through, and how many it did not before.
func (s *Server) logLimited(l *limiter, level slog.Level, message string, attrs ...any) {
	if skipped, ok := l.pass(time.Now()); ok {
		s.Log.Log(s.base, level, message, append(attrs, "more_of_them", skipped)...)
	}
}
