package peer

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// raw shakes hands as A and leaves the rest to the test.
func (r *rig) raw() net.Conn {
	r.t.Helper()
	nc, err := net.Dial("tcp", r.listener.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { nc.Close() })
	if err := newGreeting(&r.a.config, idB).dial(nc, 10*time.Second); err != nil {
		r.t.Fatal(err)
	}
	return nc
}

// closed reads until the other side has hung up.
func closed(t *testing.T, nc net.Conn) {
	t.Helper()
	nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := io.Copy(io.Discard, nc)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("the server did not hang up")
	}
}

func TestGarbageBehindTheHandshakeEndsTheConnectionAndOnlyIt(t *testing.T) {
	r := newRig(t, echo, func(_, b *Config) { b.WriteTimeout = 50 * time.Millisecond })
	request := appendChunk(nil, chunk{kind: kindRequest, id: 1, size: 3, millis: 9}, []byte("abc"))
	long := appendChunk(nil, chunk{kind: kindRequest, id: 1, size: 1 << 20}, make([]byte, 100))
	more := func(at, n int) []byte {
		return appendChunk(nil, chunk{kind: kindMore, id: 1, size: at}, make([]byte, n))
	}
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for name, garbage := range map[string][]byte{
		"zeros":                                 make([]byte, 100),
		"a reply from the side that asks":       appendChunk(nil, chunk{kind: kindReply, id: 1, size: 1}, []byte("a")),
		"a kind that does not exist":            appendChunk(nil, chunk{kind: kindEnd}, nil),
		"a chunk of more than is allowed":       append([]byte{0, 1, 0, 1, kindRequest}, make([]byte, 23)...),
		"a message of more than is allowed":     appendChunk(nil, chunk{kind: kindRequest, size: MessageBytesMax + 1}, nil),
		"a chunk longer than its message":       appendChunk(nil, chunk{kind: kindRequest, size: 1}, make([]byte, 2)),
		"a chunk that continues nothing":        more(100, 5),
		"a message begun twice":                 join(long, long),
		"a chunk at another place":              join(long, more(99, 5)),
		"a chunk without bytes":                 join(long, more(100, 0)),
		"more chunks than the message has":      join(appendChunk(nil, chunk{kind: kindRequest, id: 1, size: 200}, make([]byte, 100)), more(100, 101)),
		"half a long message, and then nothing": long,
		"a wrong checksum":                      append(request[:len(request)-1:len(request)-1], 'd'),
	} {
		t.Run(name, func(t *testing.T) {
			nc := r.raw()
			nc.Write(garbage)
			closed(t, nc)
			r.mustCall(1)
		})
	}
	if n := r.b.Stats().Handled; n != 13 {
		t.Errorf("%d requests were handled", n)
	}
	until(t, "all memory is given back", func() bool { return r.b.Stats().LongBytesFree == 1<<30 })
}

func TestRandomGarbageAndHalfChunksHarmNobody(t *testing.T) {
	r := newRig(t, echo, nil)
	good := appendChunk(nil, chunk{kind: kindRequest, id: 1, size: 3, millis: 9}, []byte("abc"))
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 2))
		b := append([]byte(nil), good[:random.IntN(len(good))]...)
		for range random.IntN(60) {
			b = append(b, byte(random.Uint32()))
		}
		nc, err := net.Dial("tcp", r.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if seed%2 == 0 {
			nc.Close()
			nc = r.raw()
		}
		nc.Write(b)
		nc.Close()
	}
	until(t, "all their connections are gone", func() bool { return r.b.Stats().ConnsIn == 0 })
	r.mustCall(1)
	if n := r.b.Stats().Handled; n != 1 {
		t.Errorf("%d requests were handled", n)
	}
}

func TestARequestThatCannotBeDecodedIsRefused(t *testing.T) {
	r := newRig(t, echo, nil)
	nc := r.raw()
	nc.Write(appendChunk(nil, chunk{kind: kindRequest, id: 7, size: 3, millis: 1000}, []byte("abc")))
	c := newConn(r.a, nc, new(greeting))
	first, payload, err := c.newReader(nil).next()
	if err != nil {
		t.Fatal(err)
	}
	m, err := DecodeMessage(payload.b)
	if refused, ok := m.(*node.Refused); err != nil || first.id != 7 || !ok || refused.Reason != node.RefusedMalformed {
		t.Errorf("%v, %v, %v", first, m, err)
	}
}

// flood sends requests and reads nothing, until the server hangs up, which it says, or takes no more for so
// long.
func flood(t *testing.T, nc net.Conn, patience time.Duration) (hungUp bool) {
	t.Helper()
	claims := make([]node.ActorClaim, 2000)
	for i := range claims {
		claims[i] = node.ActorClaim{Range: node.Range{N: 1}, Actor: 1, Last: 1 << 62}
	}
	request := AppendFrame(nil, node.Frame{Body: &node.SeenRequest{Claims: claims}})
	for id := range uint64(10000) {
		nc.SetWriteDeadline(time.Now().Add(patience))
		_, err := nc.Write(appendChunk(nil, chunk{kind: kindRequest, id: id, size: len(request), millis: 60000}, request))
		if err != nil {
			timeout := net.Error(nil)
			return !errors.As(err, &timeout) || !timeout.Timeout()
		}
	}
	t.Fatal("the server took 400 MB from one who reads nothing")
	return false
}

func TestWhoReadsNothingIsCutOff(t *testing.T) {
	r := newRig(t, echo, func(_, b *Config) { b.HandlersMax, b.WriteTimeout = 8, 50*time.Millisecond })
	if !flood(t, r.raw(), 20*time.Second) {
		t.Error("the server did not hang up")
	}
	until(t, "the connection is gone", func() bool { return r.b.Stats().ConnsIn == 0 })
	r.mustCall(1)
}

func TestWhoReadsNothingIsNotReadEitherAndDoesNotHoldUpAShutdown(t *testing.T) {
	r := newRig(t, echo, func(_, b *Config) {
		b.HandlersMax, b.WriteTimeout, b.DrainTimeout = 8, time.Hour, 10*time.Millisecond
	})
	if flood(t, r.raw(), time.Second) {
		t.Error("the server hung up")
	}
	r.mustCall(1)
	r.stop()
	if err := <-r.served; err != nil {
		t.Error(err)
	}
	r.served <- nil
}
