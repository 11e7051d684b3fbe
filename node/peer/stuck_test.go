package peer

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// A connection that a partition left behind stays stuck long after the partition; a new one passes at once.
func TestAStuckConnectionIsDroppedAndDialledAnew(t *testing.T) {
	r := newRig(t, echo, func(a, _ *Config) { a.ProbeTimeout = 20 * time.Millisecond })
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	r.mustCall(1)
	p.each((*pair).pause)
	r.expire(20*time.Millisecond, 2)
	until(t, "the connection is dropped", func() bool { return r.a.Stats().ConnsStuck == 1 })
	r.mustCall(3)
	if s := r.a.Stats(); s.Dials != 2 || s.ConnsDropped != 1 {
		t.Errorf("figures: %+v", s)
	}
}

func TestASlowHandlerIsNoStuckConnection(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, handlerFunc(func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
		if f.Body.(*node.SeenRequest).Claims[0].Last == 1 {
			<-release
		}
		return echo(ctx, from, f)
	}), func(a, _ *Config) { a.ProbeTimeout = time.Second })
	waits := make(chan error, 1)
	go func() { waits <- r.call(30*time.Second, 1) }()
	until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	r.expire(20*time.Millisecond, 1)
	conn := r.a.mu.links[idB][shortClass].mu.conn
	until(t, "the probe is judged", func() bool { return !conn.probing.Load() })
	close(release)
	if err := <-waits; err != nil {
		t.Errorf("the call with more time: %v", err)
	}
	if s := r.a.Stats(); s.Dials != 1 || s.ConnsStuck != 0 {
		t.Errorf("figures: %+v", s)
	}
}

func TestACallIsUnknownWhereTheServerDiedUnderItAndUnsentAfterwards(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	r := newRig(t, handlerFunc(func(context.Context, ring.NodeID, node.Frame) node.Message {
		<-release
		return &node.MergeReply{}
	}), nil)
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	under := make(chan error, 1)
	go func() { under <- r.call(20*time.Second, 1) }()
	until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	p.Close()
	p.each((*pair).cut)
	if err := <-under; err == nil || errors.Is(err, node.ErrUnsent) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("under the call: %v", err)
	}
	until(t, "the connection is gone", func() bool { return r.a.Stats().ConnsOut == 0 })
	if err := r.call(20*time.Second, 2); !errors.Is(err, node.ErrUnsent) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestBytesDamagedOnTheWayEndTheConnectionAndOnlyIt(t *testing.T) {
	r := newRig(t, echo, nil)
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	r.mustCall(1)
	for at := range headerBytes + 10 {
		p.altering(func(b []byte) {
			if len(b) > at && len(b) < 200 { // a request, not a handshake
				b[at] ^= 0x10
			}
		})
		if err := r.call(20*time.Second, 2); err == nil || errors.Is(err, node.ErrUnsent) {
			t.Errorf("byte %d: %v", at, err)
		}
		p.altering(nil)
		until(t, "calls pass again", func() bool { return r.call(20*time.Second, 3) == nil })
	}
}

func TestALongRequestThatIsGivenUpFreesTheOtherSide(t *testing.T) {
	r := newRig(t, echo, func(a, _ *Config) { a.ProbeTimeout = time.Hour })
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	m := node.Frame{Body: &node.MergeRequest{Key: node.NewKey("b", "k", 3), Object: bigObject(64 << 20)}}
	ctx, cancel := context.WithCancel(long(t))
	p.altering(func([]byte) { // hold it when some of it has passed
		if r.b.Stats().LongBytesFree < 1<<30 {
			cancel()
		}
	})
	_, err := r.a.Call(ctx, idB, m)
	if !errors.Is(err, context.Canceled) || errors.Is(err, node.ErrUnsent) {
		t.Fatal(err)
	}
	until(t, "the memory is given back", func() bool { return r.b.Stats().LongBytesFree == 1<<30 })
	if n := r.b.Stats().Handled; n != 0 {
		t.Errorf("%d requests were handled", n)
	}
}
