package httpapi

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/kindreddb/kindred/httpapi/strict"
	"github.com/kindreddb/kindred/node"
	"github.com/valyala/fasthttp"
)

// Server serves the HTTP API on two kinds of listeners. All methods may be called concurrently.
type Server struct {
	Config
	parser   *fasthttp.Server
	metrics  *metrics
	sealers  sealerCache
	bodies   budget
	failures limiter       // of lines about failed requests
	piles    limiter       // of lines about keys with many siblings
	seats    chan struct{} // one for each request under way

	base     context.Context // of all calls of the backend
	giveUp   context.CancelFunc
	draining atomic.Bool

	mu struct {
		sync.Mutex
		closed    bool
		listeners map[net.Listener]struct{}
		conns     map[*strict.Conn]struct{}
		perIP     map[string]int
		busy      int           // requests between the end of their head and the end of their answer
		quiet     chan struct{} // closed when busy falls to 0, where somebody waits for that
	}
	serving sync.WaitGroup // connections and those being turned away
	turning chan struct{}  // one for each connection that is being turned away politely
}

// New makes a Server. Nothing is served before ServeData and ServeAdmin.
func New(c Config) (*Server, error) {
	c.setDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		Config:  c,
		metrics: newMetrics(),
		bodies:  budget{max: c.BodyBytesMax},
		seats:   make(chan struct{}, c.RequestsMax),
		turning: make(chan struct{}, turningMax),
	}
	s.base, s.giveUp = context.WithCancel(context.Background())
	s.mu.listeners = map[net.Listener]struct{}{}
	s.mu.conns = map[*strict.Conn]struct{}{}
	s.mu.perIP = map[string]int{}
	s.parser = &fasthttp.Server{
		Handler:                      s.handle,
		ErrorHandler:                 s.handleParserError,
		Logger:                       silent{},
		Concurrency:                  c.ConnectionsMax,
		ReadBufferSize:               c.Wire.HeadBytesMax(),
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		DisablePreParseMultipartForm: true,
		SecureErrorLogMessage:        true,
	}
	return s, nil
}

// silent takes what fasthttp would log: each of it is an answer or a closed connection, and counted as such.
type silent struct{}

func (silent) Printf(string, ...any) {}

// ServeData serves keys to the connections of ln until Shutdown; then it returns nil. It owns ln.
func (s *Server) ServeData(ln net.Listener) error { return s.serve(ln, data) }

// ServeAdmin serves the operator's side to the connections of ln until Shutdown; then it returns nil. It
// owns ln.
func (s *Server) ServeAdmin(ln net.Listener) error { return s.serve(ln, admin) }

// Drain makes the server answer new requests with 503 draining, and /readyz with it, while requests under way
// go on. Shutdown drains too; who has other business between the two calls Drain first.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown drains: new connections and requests are answered with 503 until those under way have ended, at
// most for Config.DrainTimeout or until ctx ends; then everything is closed, and what is still under way cut
// off. It returns when all connections are gone, or ctx's error when that ends first.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	wait, cancel := context.WithTimeout(ctx, s.DrainTimeout)
	defer cancel()
	select {
	case <-s.whenQuiet():
	case <-wait.Done():
	}
	s.closeAll()
	s.giveUp()
	gone := make(chan struct{})
	go func() { s.serving.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whenQuiet gives a channel that is closed when no request is under way.
func (s *Server) whenQuiet() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.quiet == nil {
		s.mu.quiet = make(chan struct{})
		if s.mu.busy == 0 {
			close(s.mu.quiet)
		}
	}
	return s.mu.quiet
}

// countBusy notes that a request has begun, or that its answer is out.
func (s *Server) countBusy(began bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if began {
		s.mu.busy++
		return
	}
	s.mu.busy--
	if s.mu.busy == 0 && s.mu.quiet != nil {
		select {
		case <-s.mu.quiet: // closed already
		default:
			close(s.mu.quiet)
		}
	}
}

// closeAll closes listeners and connections.
func (s *Server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.closed = true
	for ln := range s.mu.listeners {
		_ = ln.Close() // its loop ends either way
	}
	for c := range s.mu.conns {
		c.Abort()
	}
}

// errDraining is the answer to requests that come while the server shuts down.
func errDraining() *node.Error {
	return refusal(node.CodeDraining, "this node is shutting down; ask another one")
}
