package peer

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// handlerFunc makes a Handler of a function.
type handlerFunc func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message

func (h handlerFunc) Handle(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
	return h(ctx, from, f)
}

// echo answers a question for numbers with the numbers.
var echo = handlerFunc(func(_ context.Context, _ ring.NodeID, f node.Frame) node.Message {
	reply := new(node.SeenReply)
	for _, c := range f.Body.(*node.SeenRequest).Claims {
		reply.Highest = append(reply.Highest, c.Last)
	}
	return reply
})

// number is a request that echo answers with n.
func number(n uint64) node.Frame {
	return node.Frame{Body: &node.SeenRequest{Claims: []node.ActorClaim{{Range: node.Range{N: 1}, Actor: 1, Last: n}}}}
}

const (
	idA = ring.NodeID(0xa)
	idB = ring.NodeID(0xb)
)

// rig is a server B and a client A on the loopback.
type rig struct {
	t        *testing.T
	a, b     *Transport
	listener net.Listener
	stop     context.CancelFunc // of B's Serve
	served   chan error

	mu      sync.Mutex
	address string // where A finds B
}

// newRig starts both. tweak, where not nil, may change either's config before.
func newRig(t *testing.T, h Handler, tweak func(a, b *Config)) *rig {
	t.Helper()
	r := &rig{t: t, served: make(chan error, 1)}
	a := Config{Self: idA, Name: "a", Program: "test", Address: r.addressOf}
	b := Config{Self: idB, Name: "b", Program: "test", Address: r.addressOf}
	if tweak != nil {
		tweak(&a, &b)
	}
	r.a, r.b = transport(t, a), transport(t, b)
	r.listener = listen(t)
	r.moveTo(r.listener.Addr().String())
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { r.served <- r.b.Serve(ctx, r.listener, h) }()
	t.Cleanup(func() {
		r.a.Close()
		stop()
		if err := <-r.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		r.served <- nil
	})
	return r
}

func transport(t *testing.T, c Config) *Transport {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func (r *rig) addressOf(ring.NodeID) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.address, r.address != ""
}

func (r *rig) moveTo(address string) {
	r.mu.Lock()
	r.address = address
	r.mu.Unlock()
}

// call asks B for n and says what came of it.
func (r *rig) call(timeout time.Duration, n uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	m, err := r.a.Call(ctx, idB, number(n))
	if err != nil {
		return err
	}
	if reply, ok := m.(*node.SeenReply); !ok || len(reply.Highest) != 1 || reply.Highest[0] != n {
		return errors.New("another reply than the one asked for")
	}
	return nil
}

func (r *rig) mustCall(n uint64) {
	r.t.Helper()
	if err := r.call(10*time.Second, n); err != nil {
		r.t.Fatal(err)
	}
}

// expire makes a call whose deadline passes after its request was sent.
func (r *rig) expire(timeout time.Duration, n uint64) {
	r.t.Helper()
	until(r.t, "a request is sent", func() bool {
		err := r.call(timeout, n)
		if !errors.Is(err, context.DeadlineExceeded) {
			r.t.Fatalf("the caller got %v", err)
		}
		return !errors.Is(err, node.ErrUnsent)
	})
}

// until waits for a condition that must come true.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func long(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
