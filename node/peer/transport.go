package peer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Transport calls other nodes, as node.Peers, and serves their calls. All methods may be called concurrently.
type Transport struct {
	config Config
	stats  counters
	long   *budget
	warn   *rateLimit

	ctx    context.Context // ends with Close; for dialling
	cancel context.CancelFunc
	wg     sync.WaitGroup // of the connections that were dialled

	mu struct {
		sync.Mutex
		links  map[ring.NodeID]*[classes]*link
		closed bool
	}
}

// The classes of connections to one node. Long requests have one of their own, so that short ones share no
// kernel queue with them; long replies come in chunks between short ones.
const (
	shortClass = iota
	longClass
	classes
)

var _ node.Peers = (*Transport)(nil)

// New makes a transport. It dials when it is called upon; Serve accepts. The error names every fault of the
// config.
func New(config Config) (*Transport, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	config.setDefaults()
	t := &Transport{config: config, long: newBudget(config.LongBytesMax), warn: newRateLimit()}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.mu.links = map[ring.NodeID]*[classes]*link{}
	return t, nil
}

// Call implements node.Peers. The reply shares no memory with anything. Errors: one that wraps
// node.ErrUnsent when not one byte of the request was handed to the kernel (no connection, a full queue, a
// request that is too long, no time left); it wraps a *RefusedError too where the handshake failed. Any other
// error leaves open what became of the request: ctx's own, a connection that broke, a reply that could not be
// read (node.ErrMalformed).
func (t *Transport) Call(ctx context.Context, to ring.NodeID, f node.Frame) (node.Message, error) {
	t.stats.calls.Add(1)
	t.stats.callsInFlight.Add(1)
	defer t.stats.callsInFlight.Add(-1)
	m, err := t.call(ctx, to, f)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, node.ErrUnsent):
		t.stats.unsent.Add(1)
	default:
		t.stats.unknown.Add(1)
	}
	return nil, fmt.Errorf("peer: %T to node %s: %w", f.Body, to, err)
}

func (t *Transport) call(ctx context.Context, to ring.NodeID, f node.Frame) (node.Message, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil, fmt.Errorf("%w: the context has no deadline", node.ErrUnsent)
	}
	request := newBuffer(0)
	request.b = AppendFrame(request.b, f)
	size := len(request.b)
	if size > MessageBytesMax {
		request.free()
		return nil, fmt.Errorf("%w: %d bytes, and %d are possible", node.ErrUnsent, size, MessageBytesMax)
	}
	class := shortClass
	if size > chunkBytesMax {
		class = longClass
	}
	l, err := t.link(to, class)
	if err != nil {
		request.free()
		return nil, fmt.Errorf("%w: %w", node.ErrUnsent, err)
	}
	c, err := l.connection(ctx)
	if err != nil {
		request.free()
		return nil, fmt.Errorf("%w: %w", node.ErrUnsent, err)
	}
	reply, err := c.call(ctx, deadline, request)
	if err != nil {
		return nil, err
	}
	defer reply.free()
	return DecodeMessage(reply.b)
}

var (
	errClosed    = errors.New("the transport is closed")
	errForgotten = errors.New("the node was removed")
)

func (t *Transport) link(to ring.NodeID, class int) (*link, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.closed {
		return nil, errClosed
	}
	links := t.mu.links[to]
	if links == nil {
		links = new([classes]*link)
		for i := range links {
			links[i] = newLink(t, to)
		}
		t.mu.links[to] = links
	}
	return links[class], nil
}

// Forget drops what is kept of a node that was removed from the cluster: its connections and addresses.
// Calls under way fail. A later call starts anew.
func (t *Transport) Forget(id ring.NodeID) {
	t.mu.Lock()
	links := t.mu.links[id]
	delete(t.mu.links, id)
	t.mu.Unlock()
	if links != nil {
		for _, l := range links {
			l.close(errForgotten)
		}
	}
}

// Close fails all calls and ends all connections that were dialled, and returns when their goroutines have
// ended. Serve ends by its own context.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.mu.closed = true
	links := t.mu.links
	t.mu.links = nil
	t.mu.Unlock()
	t.cancel()
	for _, both := range links {
		for _, l := range both {
			l.close(errClosed)
		}
	}
	t.wg.Wait()
	return nil
}
