package gossip

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	logEvery = 10 * time.Second // one line of a kind
	logKinds = 256              // that are told apart
)

// throttle lets one line of a kind through in a while, so that strangers and broken neighbours cannot fill
// the disk. It may be used concurrently.
type throttle struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// allow says whether a line of that kind may be written now.
func (t *throttle) allow(kind string) bool {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.last[kind]; ok && now.Sub(last) < logEvery {
		return false
	}
	if t.last == nil || len(t.last) >= logKinds {
		t.last = make(map[string]time.Time)
	}
	t.last[kind] = now
	return true
}

// warn writes a line at most every ten seconds for each kind.
func (g *Gossip) warn(kind, message string, facts ...any) {
	if !g.throttle.allow(kind) {
		g.counts.logLinesDropped.Add(1)
		return
	}
	g.log.Warn(message, facts...)
}

// libraryLog takes memberlist's lines. What an operator needs to know of members, this package says itself,
// so they are for debugging; complaints about packets are counted.
type libraryLog struct {
	log      *slog.Logger
	counts   *counters
	throttle *throttle
}

// complaints are the beginnings of memberlist's lines about packets and streams that it did not understand.
var complaints = []string{
	"Decrypt packet failed", "Failed to decode", "msg type (", "Failed to decompress", "Got invalid checksum",
	"missing message type", "failed to receive", "Received invalid msgType", "Failed to read remote state",
	"unexpected double", "discarding", "Failed to receive user message",
}

// Write takes one line and keeps nothing of it.
func (l *libraryLog) Write(line []byte) (int, error) {
	text := string(bytes.TrimSpace(line))
	level, text := cutLevel(text)
	text = strings.TrimPrefix(text, "memberlist: ")
	for _, c := range complaints {
		if strings.HasPrefix(text, c) {
			l.counts.packetsBad.Add(1)
			break
		}
	}
	if !l.throttle.allow("library " + libraryKind(text)) {
		l.counts.logLinesDropped.Add(1)
		return len(line), nil
	}
	l.log.Debug("memberlist", "level", level, "says", text)
	return len(line), nil
}

// libraryKind is what lines have in common that differ in numbers, names and reasons.
func libraryKind(text string) string {
	if i := strings.IndexAny(text, "0123456789'\"(:["); i > 0 {
		return text[:i]
	}
	return text
}

// cutLevel takes "[WARN] text" apart.
func cutLevel(line string) (level, text string) {
	if strings.HasPrefix(line, "[") {
		if level, text, ok := strings.Cut(line[1:], "] "); ok {
			return level, text
		}
	}
	return "", line
}
