package peer

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one connection after its handshake, on either side. One goroutine reads it and one writes it; it
// has ended when both have.
type conn struct {
	net.Conn
	settings *Config
	stats    *counters
	long     *budget // of long messages
	peer     hello   // what the other side said of itself
	told     uint64  // the cluster's id that this side said
	box      *outbox

	reads   atomic.Uint64 // chunks read
	flushes atomic.Uint64 // writes that went through
	probing atomic.Bool   // a probe is under way

	dead  chan struct{} // closed by fail
	cause error         // why; set before dead is closed
	once  sync.Once
}

func newConn(t *Transport, nc net.Conn, s *greeting) *conn {
	tune(nc)
	return &conn{
		Conn: nc, settings: &t.config, stats: &t.stats, long: t.long, peer: s.theirs, told: s.mine.Cluster,
		box: newOutbox(), dead: make(chan struct{}),
	}
}

// fail ends the connection at once. The first cause stays.
func (c *conn) fail(cause error) {
	c.once.Do(func() {
		c.cause = cause
		close(c.dead)
		c.box.end()
		c.Close()
	})
}

func (c *conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// linger says that nothing more will be written, and gives the other side a moment to say the same: a
// connection that is closed while bytes of the other side are unread is reset, and a reset can overtake what
// was written last. Where halves cannot be closed it closes all.
func linger(nc net.Conn) {
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		nc.Close()
		return
	}
	nc.SetReadDeadline(time.Now().Add(lingerFor))
}
