package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func TestEveryMessageArrivesAsItWasSentAndKnowsItsSender(t *testing.T) {
	var got node.Frame
	var from ring.NodeID
	replies := make(chan node.Message, 1)
	r := newRig(t, handlerFunc(func(_ context.Context, f ring.NodeID, frame node.Frame) node.Message {
		from, got = f, frame
		return <-replies
	}), nil)
	for _, s := range samples(t) {
		sent := node.Frame{Layout: 7, Step: 3, Body: s.message}
		replies <- s.message
		reply, err := r.a.Call(long(t), idB, sent)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if from != idA || !reflect.DeepEqual(got, sent) || !reflect.DeepEqual(reply, s.message) {
			t.Errorf("%s: sent %+v, %s brought %+v, back came %+v", s.name, sent, from, got, reply)
		}
	}
}

func TestManyCallsAtOnceGetTheirOwnReplies(t *testing.T) {
	r := newRig(t, echo, nil)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 100 {
				if err := r.call(20*time.Second, uint64(i*1000+j)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	s := r.a.Stats()
	if s.Calls != 6400 || s.CallsInFlight != 0 || s.Dials != 1 || s.ConnsOut != 1 || r.b.Stats().Handled != 6400 {
		t.Errorf("figures: %+v and %+v", s, r.b.Stats())
	}
}

func TestAReplyOvertakesAnother(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, handlerFunc(func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
		if f.Layout == 1 {
			<-release
		}
		return echo(ctx, from, f)
	}), nil)
	first := make(chan error, 1)
	go func() {
		f := number(1)
		f.Layout = 1
		_, err := r.a.Call(long(t), idB, f)
		first <- err
	}()
	until(t, "the first request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	r.mustCall(2)
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
}

// bigObject is an object of one value of that many bytes.
func bigObject(size int) node.Object {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte(i * 7 >> 3)
	}
	return objectWith(node.NewContent(value, "", "", nil))
}

func TestLongMessagesPassBesideShortOnes(t *testing.T) {
	r := newRig(t, handlerFunc(func(ctx context.Context, from ring.NodeID, f node.Frame) node.Message {
		if m, ok := f.Body.(*node.MergeRequest); ok {
			return &node.FetchReply{Object: m.Object}
		}
		return echo(ctx, from, f)
	}), nil)
	objects := []node.Object{bigObject(chunkBytesMax), bigObject(chunkBytesMax + 1), bigObject(3<<20 + 17), bigObject(20 << 20)}
	var wg sync.WaitGroup
	for i, o := range objects {
		wg.Go(func() {
			f := node.Frame{Body: &node.MergeRequest{Key: node.NewKey("b", fmt.Sprint(i), 3), Object: o}}
			reply, err := r.a.Call(long(t), idB, f)
			if err != nil {
				t.Error(err)
			} else if !reflect.DeepEqual(reply.(*node.FetchReply).Object, o) {
				t.Errorf("object %d came back another", i)
			}
		})
	}
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				if err := r.call(20*time.Second, uint64(i*1000+j)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	until(t, "all memory is given back", func() bool {
		return r.a.Stats().LongBytesFree == 1<<30 && r.b.Stats().LongBytesFree == 1<<30
	})
	if s := r.a.Stats(); s.ConnsOut != 2 {
		t.Errorf("%d connections, and one for each class of requests is wanted", s.ConnsOut)
	}
}

func TestTheDeadlineTravels(t *testing.T) {
	ended, release := make(chan error, 1), make(chan struct{})
	r := newRig(t, handlerFunc(func(ctx context.Context, _ ring.NodeID, _ node.Frame) node.Message {
		<-ctx.Done()
		ended <- ctx.Err()
		<-release
		return &node.MergeReply{}
	}), nil)
	r.expire(50*time.Millisecond, 1)
	close(release)
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the handler got %v", err)
	}
	until(t, "the late reply is dropped", func() bool { return r.a.Stats().LateReplies == 1 })
}

func TestACallWithoutADeadlineIsNotSent(t *testing.T) {
	r := newRig(t, echo, nil)
	if _, err := r.a.Call(context.Background(), idB, number(1)); !errors.Is(err, node.ErrUnsent) {
		t.Error(err)
	}
}

func TestANodeWithoutAnAddressIsNotDialled(t *testing.T) {
	r := newRig(t, echo, nil)
	r.moveTo("")
	if err := r.call(time.Second, 1); !errors.Is(err, node.ErrUnsent) || !strings.Contains(err.Error(), "no address") {
		t.Error(err)
	}
}

func TestWhileNobodyListensCallsFailAtOnceAndAPauseGrows(t *testing.T) {
	r := newRig(t, echo, func(a, _ *Config) { a.BackoffMax = time.Hour })
	gone := listen(t)
	gone.Close()
	r.moveTo(gone.Addr().String())
	for range 3 {
		err := r.call(10*time.Second, 1)
		if !errors.Is(err, node.ErrUnsent) {
			t.Fatal(err)
		}
	}
	if n := r.a.Stats().DialsFailed; n < 1 || n > 3 {
		t.Errorf("%d attempts", n)
	}
	r.moveTo(r.listener.Addr().String())
	until(t, "the node is found again", func() bool { return r.call(10*time.Second, 1) == nil })
}

func TestInAPauseNobodyDials(t *testing.T) {
	var dials atomic.Int32
	r := newRig(t, echo, func(a, _ *Config) {
		a.BackoffMax = time.Hour
		a.Dial = func(context.Context, string) (net.Conn, error) {
			dials.Add(1)
			return nil, errBroken
		}
	})
	l, err := r.a.link(idB, shortClass)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.failures = 16
	for range 3 {
		if err := r.call(20*time.Second, 1); !errors.Is(err, node.ErrUnsent) || !errors.Is(err, errBroken) {
			t.Error(err)
		}
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d attempts", n)
	}
}

func TestACallWaitsForAnAttemptNoLongerThanItsContext(t *testing.T) {
	var dialling atomic.Int32
	r := newRig(t, echo, func(a, _ *Config) {
		a.DialTimeout = time.Hour
		a.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
			dialling.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	for range 2 {
		err := r.call(20*time.Millisecond, 1)
		if !errors.Is(err, node.ErrUnsent) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	if n := dialling.Load(); n != 1 {
		t.Errorf("%d attempts at once", n)
	}
}

func TestASecondAttemptIsMadeAfterTheConnectionBroke(t *testing.T) {
	r := newRig(t, echo, nil)
	p := newProxy(t, r.listener.Addr().String())
	r.moveTo(p.Addr().String())
	r.mustCall(1)
	p.each((*pair).cut)
	until(t, "calls pass again", func() bool { return r.call(10*time.Second, 2) == nil })
	if s := r.a.Stats(); s.Dials != 2 || s.ConnsDropped != 1 {
		t.Errorf("figures: %+v", s)
	}
}

func TestACallThatIsCancelledReturnsAtOnce(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	r := newRig(t, handlerFunc(func(context.Context, ring.NodeID, node.Frame) node.Message {
		<-release
		return &node.MergeReply{}
	}), nil)
	ctx, cancel := context.WithCancel(long(t))
	go func() {
		until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
		cancel()
	}()
	_, err := r.a.Call(ctx, idB, number(1))
	if !errors.Is(err, context.Canceled) || errors.Is(err, node.ErrUnsent) {
		t.Error(err)
	}
	if n := r.a.Stats().ConnsStuck; n != 0 {
		t.Errorf("the connection was blamed")
	}
}

func TestAClusterThatIsBornIsToldToTheOtherSide(t *testing.T) {
	var cluster atomic.Uint64
	r := newRig(t, echo, func(a, b *Config) {
		a.ClusterID = cluster.Load
		b.ClusterID = cluster.Load
	})
	r.mustCall(1)
	cluster.Store(5)
	r.mustCall(2)
	if s := r.a.Stats(); s.Dials != 2 || s.ConnsDropped != 0 {
		t.Errorf("figures: %+v", s)
	}
	r.mustCall(3)
	if s := r.a.Stats(); s.Dials != 2 {
		t.Errorf("figures: %+v", s)
	}
}

// A cannot know that B has become one of another cluster since; B can.
func TestANodeThatEndsUpInAnotherClusterIsCutOff(t *testing.T) {
	var ofB atomic.Uint64
	r := newRig(t, echo, func(a, b *Config) {
		a.ClusterID = func() uint64 { return 1 }
		b.ClusterID = ofB.Load
	})
	r.mustCall(1)
	ofB.Store(2)
	var refused *RefusedError
	until(t, "the handshake is refused", func() bool { return errors.As(r.call(10*time.Second, 2), &refused) })
	if refused.Reason != OtherCluster {
		t.Error(refused)
	}
}

func TestAForgottenNodeHasNoConnections(t *testing.T) {
	r := newRig(t, echo, nil)
	r.mustCall(1)
	r.a.Forget(idB)
	r.a.Forget(idB)
	until(t, "the connection is gone", func() bool { return r.a.Stats().ConnsOut == 0 })
	r.mustCall(2)
}

func TestAClosedTransportCallsNobody(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, handlerFunc(func(context.Context, ring.NodeID, node.Frame) node.Message {
		<-release
		return &node.MergeReply{}
	}), nil)
	under := make(chan error, 1)
	go func() { under <- r.call(20*time.Second, 1) }()
	until(t, "the request is being handled", func() bool { return r.b.Stats().Handling == 1 })
	r.a.Close()
	if err := <-under; err == nil || errors.Is(err, node.ErrUnsent) {
		t.Errorf("the call under way got %v", err)
	}
	close(release)
	if err := r.call(time.Second, 2); !errors.Is(err, node.ErrUnsent) {
		t.Error(err)
	}
	if n := r.a.Stats().ConnsOut; n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

func TestAConfigIsToldAllItsFaultsAtOnce(t *testing.T) {
	_, err := New(Config{Name: strings.Repeat("x", 300), CallsMax: -1, DialTimeout: -1})
	for _, want := range []string{"Self", "Address", "255 bytes", "time-out", "limit"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s: %v", want, err)
		}
	}
}
