package httpapi

import (
	"errors"
	"net"
	"time"

	"github.com/kindreddb/kindred/httpapi/strict"
	"github.com/kindreddb/kindred/node"
	"github.com/valyala/fasthttp"
)

// turningMax bounds the connections that are told why they are turned away; beyond it they are just closed.
const turningMax = 64

// How long accepting pauses when the machine is out of descriptors or memory.
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// serve accepts connections until the listener is closed.
func (s *Server) serve(ln net.Listener, on listener) error {
	if !s.addListener(ln) {
		return ln.Close()
	}
	pause := time.Duration(0)
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(conn, on)
		case errors.Is(err, net.ErrClosed):
			s.removeListener(ln)
			return nil
		default:
			if pause = min(max(2*pause, acceptPauseMin), acceptPauseMax); pause == acceptPauseMin {
				s.Log.Warn("cannot accept connections; trying again", "address", ln.Addr().String(), "error", err)
			}
			select {
			case <-time.After(pause):
			case <-s.base.Done():
			}
		}
	}
}

func (s *Server) addListener(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed {
		return false
	}
	s.mu.listeners[ln] = struct{}{}
	return true
}

func (s *Server) removeListener(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.listeners, ln)
}

// admit gives a connection its goroutine, or turns it away.
func (s *Server) admit(conn net.Conn, on listener) {
	sc := &servedConn{on: on}
	c := strict.NewConn(conn, &s.Wire, s.refuse, func(began bool) {
		if !began {
			s.bodies.give(sc.reserved)
			sc.reserved = 0
		}
		s.countBusy(began)
	})
	sc.Conn = c
	ip := ipOf(conn.RemoteAddr())
	switch s.addConn(c, ip) {
	case nil:
		s.metrics.connections[on].Add(1)
		go func() {
			defer s.serving.Done()
			defer s.metrics.connections[on].Add(-1)
			defer s.removeConn(c, ip)
			_ = s.parser.ServeConn(sc) // its errors are those of a client that went away
		}()
	case errTooManyConns:
		s.metrics.turnedAway.Add(1)
		s.turnAway(c)
	default:
		c.Abort()
	}
}

var (
	errTooManyConns = errors.New("too many connections")
	errClosed       = errors.New("closed")
)

func (s *Server) addConn(c *strict.Conn, ip string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.closed:
		return errClosed
	case len(s.mu.conns) >= s.ConnectionsMax || s.mu.perIP[ip] >= s.ConnectionsPerIPMax:
		select {
		case s.turning <- struct{}{}:
			s.serving.Add(1)
			return errTooManyConns
		default:
			return errClosed
		}
	}
	s.mu.conns[c] = struct{}{}
	s.mu.perIP[ip]++
	s.serving.Add(1)
	return nil
}

func (s *Server) removeConn(c *strict.Conn, ip string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.conns, c)
	if s.mu.perIP[ip]--; s.mu.perIP[ip] == 0 {
		delete(s.mu.perIP, ip)
	}
}

// turnAway answers 503 without reading a request, and lingers a moment so that the answer is seen.
func (s *Server) turnAway(c *strict.Conn) {
	go func() {
		defer s.serving.Done()
		defer func() { <-s.turning }()
		err := refusal(node.CodeOverloaded, "this node has as many connections as it takes, in all or from this address; try again shortly, or at another node")
		s.metrics.problems.add(string(node.CodeOverloaded))
		_, _ = c.Write(rawProblem(toProblem(err, false, ""))) // it is being closed either way
		c.Doom()
		_ = c.Close()
	}()
}

// servedConn is a connection as the handler finds it.
type servedConn struct {
	*strict.Conn
	on listener
	// reserved are bytes of the server's budget that are given back when the present answer is out.
	reserved int64
}

// refuse answers a head that never becomes a request.
func (s *Server) refuse(f *strict.Fault) []byte {
	code := codeBadRequest
	switch f.Kind {
	case strict.LineTooLong:
		code = codeTargetTooLong
	case strict.FieldsTooLarge:
		code = codeHeadersTooLarge
	}
	s.metrics.problems.add(string(code))
	isWrite := f.Method == "PUT" || f.Method == "DELETE" || f.Method == "POST"
	return rawProblem(toProblem(refusal(code, "%s", f.Detail), isWrite, ""))
}

// handleParserError answers what fasthttp refuses although strict let it pass.
func (s *Server) handleParserError(ctx *fasthttp.RequestCtx, err error) {
	s.metrics.problems.add(string(codeBadRequest))
	s.Log.Debug("the parser refused a head", "error", err)
	writeProblem(&ctx.Response, toProblem(refusal(codeBadRequest, "the request's head cannot be understood"), false, ""))
	ctx.SetConnectionClose()
}

func ipOf(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.IP.String()
	}
	return addr.String()
}
