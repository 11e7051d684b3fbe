package peer

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Handler does what other nodes ask; node.Node is one.
type Handler interface {
	// Handle answers a request. from is who the other node said it was in the handshake, where it also proved
	// to know the cluster's secret. ctx has the deadline that the request came with; it is not cut short when
	// the connection breaks, since what was begun is better finished. Handle is called concurrently. It owns
	// the frame; it must not change the reply afterwards. A panic is caught and answered with RefusedFailed.
	Handle(ctx context.Context, from ring.NodeID, f node.Frame) node.Message
}

// server is one run of Serve.
type server struct {
	t       *Transport
	handler Handler
	ctx     context.Context // of the handlers: ends when the time to drain is over
	ended   chan struct{}   // closed when draining begins
	wg      sync.WaitGroup  // of accepted connections

	slots chan struct{} // one for each handshake under way
	mu    struct {
		sync.Mutex
		greeting map[net.Conn]bool // in their handshake
		serving  map[net.Conn]bool // after it: each holds a place
	}
}

// Serve accepts connections until ctx ends, or the listener fails, which is the error. Then it refuses new
// requests as draining, lets those in flight finish for up to Config.DrainTimeout, and returns when all
// connections and handlers have ended. It closes the listener.
func (t *Transport) Serve(ctx context.Context, ln net.Listener, h Handler) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s := &server{t: t, handler: h, ctx: base, ended: make(chan struct{}), slots: make(chan struct{}, handshakesMax)}
	s.mu.greeting, s.mu.serving = map[net.Conn]bool{}, map[net.Conn]bool{}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	err := s.acceptAll(ctx, ln)
	ln.Close()
	close(s.ended)
	s.closeAll(s.mu.greeting)
	late := time.AfterFunc(t.config.DrainTimeout, func() {
		cancel()
		s.closeAll(s.mu.serving)
	})
	defer late.Stop()
	s.wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// acceptAll returns when the listener is closed. A machine that is out of file descriptors recovers.
func (s *server) acceptAll(ctx context.Context, ln net.Listener) error {
	pause := time.Duration(0)
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(nc)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return err
		default:
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.t.warn.log(s.t.config.Log, "", "peer connections cannot be accepted", "error", err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
}

// admit starts the connection's handshake, unless too many are under way: what says nothing must not keep
// out those that have something to say.
func (s *server) admit(nc net.Conn) {
	select {
	case s.slots <- struct{}{}:
	default:
		s.t.stats.connsRejected.Add(1)
		nc.Close()
		return
	}
	s.mu.Lock()
	s.mu.greeting[nc] = true
	s.mu.Unlock()
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer s.forget(nc)
		if g := s.greet(nc); g != nil {
			s.run(nc, g)
		}
	}()
}

// greet runs the handshake; nil says that it failed.
func (s *server) greet(nc net.Conn) *greeting {
	defer func() { <-s.slots }()
	g := newGreeting(&s.t.config, 0)
	err := g.accept(nc, s.t.config.HandshakeTimeout, func() bool { return s.reserve(nc) })
	if err == nil {
		return g
	}
	if !s.draining() {
		s.t.stats.handshakesRefused.Add(1)
		if refused := new(RefusedError); errors.As(err, &refused) {
			s.t.warnRefused(refused, host(nc))
		} else {
			s.t.warn.log(s.t.config.Log, host(nc), "a peer connection broke off in its handshake", "host", host(nc), "error", err)
		}
	}
	return nil
}

func (s *server) draining() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// reserve takes a place for a connection, which forget gives back.
func (s *server) reserve(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mu.serving) >= s.t.config.ConnsMax {
		return false
	}
	delete(s.mu.greeting, nc)
	s.mu.serving[nc] = true
	return true
}

func (s *server) forget(nc net.Conn) {
	nc.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.greeting, nc)
	delete(s.mu.serving, nc)
}

func (s *server) closeAll(conns map[net.Conn]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for nc := range conns {
		nc.Close()
	}
}
