package gossip

import (
	"errors"
	"net"
	"time"
)

// accept takes callers in until the listener is closed.
func (t *transport) accept() {
	var pause time.Duration
	for {
		conn, err := t.tcp.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, say
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
				continue
			case <-t.done:
				return
			}
		}
		pause = 0
		if !t.begin(conn) {
			t.counts.streamsDropped.Add(1)
			_ = conn.Close()
			continue
		}
		t.running.Go(func() { t.greet(conn) })
	}
}

// begin and end keep the connections that are in a handshake, so that Shutdown can break them off.
func (t *transport) begin(conn net.Conn) bool {
	t.open.Lock()
	defer t.open.Unlock()
	if t.open.closed || len(t.open.conns) >= handshakesMax {
		return false
	}
	t.open.conns[conn] = struct{}{}
	return true
}

func (t *transport) end(conn net.Conn) {
	t.open.Lock()
	defer t.open.Unlock()
	delete(t.open.conns, conn)
}

// greet makes the handshake with a caller and hands the stream on to memberlist.
func (t *transport) greet(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout))
	a, err := t.greeter.receive(conn)
	t.end(conn)
	t.arrived(conn.RemoteAddr(), a, err)
	if err != nil || a.kind != welcome || a.why != traffic {
		_ = conn.Close()
		return
	}
	_ = conn.SetDeadline(time.Time{})
	select {
	case t.streams <- conn:
	case <-t.done:
		_ = conn.Close()
	}
}
