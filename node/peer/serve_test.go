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

// gated is a handler that holds every request until it is released.
func gated(release <-chan struct{}) Handler {
	return handlerFunc(func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
		<-release
		return echo(ctx, from, f)
	})
}

// refusal makes the call and says why it was refused, 0 where it was not.
func (r *rig) refusal(f node.Frame) node.Refusal {
	r.t.Helper()
	m, err := r.a.Call(long(r.t), idB, f)
	if err != nil {
		r.t.Fatal(err)
	}
	if refused, ok := m.(*node.Refused); ok {
		return refused.Reason
	}
	return 0
}

func TestAPanicInTheHandlerIsItsRequestsAlone(t *testing.T) {
	r := newRig(t, handlerFunc(func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
		switch f.Layout {
		case 1:
			panic("a bug")
		case 2:
			return nil
		}
		return echo(ctx, from, f)
	}), nil)
	for layout := range uint64(3) {
		f := number(1)
		f.Layout = layout
		want := node.RefusedFailed
		if layout == 0 {
			want = 0
		}
		if got := r.refusal(f); got != want {
			t.Errorf("request %d: %v", layout, got)
		}
	}
	if s := r.a.Stats(); s.Dials != 1 || r.b.Stats().Panics != 2 {
		t.Errorf("figures: %+v", s)
	}
}

func TestOverItsSlotsAServerRefusesAtOnce(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, gated(release), func(_, b *Config) { b.HandlersMax = 3 })
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { r.call(20*time.Second, 1) })
	}
	until(t, "all slots are taken", func() bool { return r.b.Stats().Handling == 3 })
	if got := r.refusal(number(2)); got != node.RefusedOverloaded {
		t.Error(got)
	}
	close(release)
	wg.Wait()
	until(t, "there are slots again", func() bool { return r.refusal(number(3)) == 0 })
}

func TestOverTheBytesOfShortRequestsAServerRefusesAtOnce(t *testing.T) {
	c := &session{conn: newTestConn(t, new(script)), server: &server{handler: echo, ctx: long(t)}, gate: newGate()}
	for inFlight, refused := range map[int64]uint64{0: 0, shortBytesMax - 1: 0, shortBytesMax: 1} {
		c.bytes.Store(inFlight)
		request := newBuffer(0)
		request.b = AppendFrame(request.b, number(1))
		before := c.stats.overloaded.Load()
		if err := c.accept(chunk{kind: kindRequest, id: 1, size: len(request.b), millis: 1000}, request); err != nil {
			t.Fatal(err)
		}
		if got := c.stats.overloaded.Load() - before; got != refused {
			t.Errorf("with %d bytes in flight: %d refused", inFlight, got)
		}
	}
	<-c.gate.shut()
}

func TestOverItsCallsAClientFailsAtOnce(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, gated(release), func(a, _ *Config) { a.CallsMax = 3 })
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { r.call(20*time.Second, 1) })
	}
	until(t, "all calls wait", func() bool { return r.b.Stats().Handling == 3 })
	if err := r.call(20*time.Second, 2); !errors.Is(err, node.ErrUnsent) {
		t.Error(err)
	}
	close(release)
	wg.Wait()
	r.mustCall(3)
}

// Nothing is read at the other end: what the kernel does not take is queued, up to a bound.
func TestAFullQueueFailsAtOnce(t *testing.T) {
	r := newRig(t, echo, func(a, _ *Config) { a.QueueBytesMax = 8 << 20 })
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	f := node.Frame{Body: &node.MergeRequest{Key: node.NewKey("b", "k", 3), Object: bigObject(4 << 20)}}
	if got := r.refusal(f); got != node.RefusedFailed { // echo cannot do merges
		t.Fatal(got)
	}
	p.each((*pair).pause)
	ctx, cancel := context.WithCancel(long(t))
	full := make(chan struct{})
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := r.a.Call(ctx, idB, f); errors.Is(err, errQueueFull) && errors.Is(err, node.ErrUnsent) {
				select {
				case full <- struct{}{}:
				case <-ctx.Done():
				}
			}
		})
	}
	<-full
	cancel()
	wg.Wait()
}

func TestLongMessagesBeyondTheMemoryAreRefused(t *testing.T) {
	answer := handlerFunc(func(_ context.Context, _ ring.NodeID, f node.Frame) node.Message {
		if m, ok := f.Body.(*node.MergeRequest); ok {
			return &node.MergeReply{Durable: m.Durable}
		}
		return &node.FetchReply{Object: bigObject(2 << 20)}
	})
	merge := node.Frame{Body: &node.MergeRequest{Key: node.NewKey("b", "k", 3), Object: bigObject(2 << 20)}}
	fetch := node.Frame{Body: &node.FetchRequest{Key: node.NewKey("b", "k", 3)}}
	t.Run("a request, by the server", func(t *testing.T) {
		r := newRig(t, answer, func(_, b *Config) { b.LongBytesMax = 1 << 20 })
		if got := r.refusal(merge); got != node.RefusedOverloaded {
			t.Error(got)
		}
		if _, err := r.a.Call(long(t), idB, fetch); err == nil || errors.Is(err, node.ErrUnsent) {
			t.Errorf("a reply that the server cannot send: %v", err)
		}
	})
	t.Run("a reply, by the client", func(t *testing.T) {
		r := newRig(t, answer, func(a, _ *Config) { a.LongBytesMax = 1 << 20 })
		if _, err := r.a.Call(long(t), idB, fetch); err == nil || errors.Is(err, node.ErrUnsent) {
			t.Error(err)
		}
		if got := r.refusal(merge); got != 0 {
			t.Error(got)
		}
	})
}

func TestShutdownLetsRequestsFinishAndTakesNoNewOnes(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, gated(release), nil)
	under := make(chan error, 1)
	go func() { under <- r.call(20*time.Second, 1) }()
	until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	r.stop()
	until(t, "new requests are refused", func() bool {
		go r.call(20*time.Second, 2) // some are let in before the server hears of its end
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		m, _ := r.a.Call(ctx, idB, number(3))
		refused, ok := m.(*node.Refused)
		return ok && refused.Reason == node.RefusedDraining
	})
	close(release)
	if err := <-under; err != nil {
		t.Errorf("the request in flight: %v", err)
	}
	if err := <-r.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	r.served <- nil
	until(t, "nobody answers", func() bool { return errors.Is(r.call(20*time.Second, 4), node.ErrUnsent) })
}

func TestShutdownWaitsForNobodyForEver(t *testing.T) {
	r := newRig(t, handlerFunc(func(ctx context.Context, _ ring.NodeID, _ node.Frame) node.Message {
		<-ctx.Done()
		return &node.MergeReply{}
	}), func(_, b *Config) { b.DrainTimeout = 10 * time.Millisecond })
	go r.call(20*time.Second, 1)
	until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	r.stop()
	if err := <-r.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	r.served <- nil
}

func TestAListenerThatFailsEndsServe(t *testing.T) {
	b := transport(t, Config{Self: idB, Address: func(ring.NodeID) (string, bool) { return "", false }})
	ln := listen(t)
	served := make(chan error)
	go func() { served <- b.Serve(context.Background(), ln, echo) }()
	ln.Close()
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
