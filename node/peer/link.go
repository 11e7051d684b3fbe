package peer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// link is one class of connection to one node: the connection, or the attempt to get one, or the pause
// before the next attempt. An attempt outlives the call that began it.
type link struct {
	t  *Transport
	to ring.NodeID

	mu struct {
		sync.Mutex
		conn      *clientConn
		attempt   *attempt
		failures  int // in a row
		notBefore time.Time
		lastErr   error // why the last attempt failed
		closed    error
	}
}

// attempt is one try at a connection; conn and err are set before done is closed.
type attempt struct {
	done chan struct{}
	conn *clientConn
	err  error
}

var errPause = errors.New("no connection")

func newLink(t *Transport, to ring.NodeID) *link { return &link{t: t, to: to} }

// connection gives a live connection. It waits for an attempt at most Config.DialTimeout and never longer
// than ctx, and does not wait for a pause to end.
func (l *link) connection(ctx context.Context) (*clientConn, error) {
	a, conn, err := l.look()
	if a == nil {
		return conn, err
	}
	timer := time.NewTimer(l.t.config.DialTimeout)
	defer timer.Stop()
	select {
	case <-a.done:
		return a.conn, a.err
	case <-timer.C:
		return nil, fmt.Errorf("%w: still dialling", errPause)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// look gives the connection, or an attempt to wait for, or why there is neither.
func (l *link) look() (*attempt, *clientConn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.mu.conn; c != nil && !c.isDead() {
		if c.told == l.t.config.ClusterID() {
			return nil, c, nil
		}
		c.retire() // the cluster was born since: the other side has not been told of it
	}
	l.mu.conn = nil
	switch {
	case l.mu.closed != nil:
		return nil, nil, l.mu.closed
	case l.mu.attempt != nil:
	case time.Now().Before(l.mu.notBefore):
		return nil, nil, fmt.Errorf("%w: %w", errPause, l.mu.lastErr)
	default:
		a := &attempt{done: make(chan struct{})}
		l.mu.attempt = a
		l.t.wg.Add(1)
		go func() {
			defer l.t.wg.Done()
			conn, err := l.dial()
			l.settle(a, conn, err)
		}()
	}
	return l.mu.attempt, nil, nil
}

// dial connects and shakes hands.
func (l *link) dial() (*clientConn, error) {
	t := l.t
	t.stats.dials.Add(1)
	address, ok := t.config.Address(l.to)
	if !ok {
		return nil, errors.New("no address is known")
	}
	ctx, cancel := context.WithTimeout(t.ctx, t.config.DialTimeout)
	defer cancel()
	nc, err := t.config.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(t.ctx, func() { nc.Close() })
	defer stop()
	g := newGreeting(&t.config, l.to)
	if err := g.dial(nc, t.config.HandshakeTimeout); err != nil {
		nc.Close()
		return nil, fmt.Errorf("handshake with %s: %w", address, err)
	}
	return newClientConn(t, nc, g), nil
}

// settle ends an attempt: it starts the connection, or the pause.
func (l *link) settle(a *attempt, conn *clientConn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.mu.closed != nil {
		conn.Close()
		conn, err = nil, l.mu.closed
	}
	l.mu.attempt = nil
	a.conn, a.err = conn, err
	close(a.done)
	if err == nil {
		l.mu.conn, l.mu.failures, l.mu.lastErr = conn, 0, nil
		conn.start()
		return
	}
	l.t.stats.dialsFailed.Add(1)
	l.mu.lastErr = err
	l.mu.notBefore = time.Now().Add(backoff(l.mu.failures, l.t.config.BackoffMax))
	l.mu.failures++
	if refused := new(RefusedError); errors.As(err, &refused) {
		l.t.stats.handshakesRefused.Add(1)
		l.t.warnRefused(refused, l.to.String())
	}
}

// backoff doubles with each failure in a row, less a random part, so that nodes do not dial in step.
func backoff(failures int, most time.Duration) time.Duration {
	d := min(backoffMin<<min(failures, 16), most)
	return d - rand.N(d/4+1)
}

func (l *link) close(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.closed = why
	if l.mu.conn != nil {
		l.mu.conn.fail(why)
	}
}
