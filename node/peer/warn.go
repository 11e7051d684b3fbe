package peer

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// rateLimit keeps what others can bring about at will from flooding the log: each message, with its subject,
// once in a while.
type rateLimit struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const (
	warnEvery    = 30 * time.Second
	subjectsKept = 256
)

func newRateLimit() *rateLimit { return &rateLimit{last: map[string]time.Time{}} }

// log writes a warning unless one with the same message about the same subject was written lately.
func (r *rateLimit) log(l *slog.Logger, subject, message string, attributes ...any) {
	if r.allow(message+"\x00"+subject, time.Now()) {
		l.Warn(message, attributes...)
	}
}

func (r *rateLimit) allow(subject string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.last[subject]; ok && now.Sub(last) < warnEvery {
		return false
	}
	for s, last := range r.last {
		if len(r.last) >= subjectsKept || now.Sub(last) >= warnEvery {
			delete(r.last, s)
		}
	}
	r.last[subject] = now
	return true
}

// warnRefused logs why a handshake failed; the other side logs the same words. who is the node that was
// dialled, or the host that called.
func (t *Transport) warnRefused(why *RefusedError, who string) {
	t.warn.log(t.config.Log, why.Reason.String()+who, "a peer was turned away",
		"peer", who, "reason", why.Reason.String(), "detail", why.Detail, "told", why.Told)
}

// host is the address without the port, which is another each time.
func host(nc net.Conn) string {
	h, _, err := net.SplitHostPort(nc.RemoteAddr().String())
	if err != nil {
		return nc.RemoteAddr().String()
	}
	return h
}
