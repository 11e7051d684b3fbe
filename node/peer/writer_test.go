package peer

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// newTestConn is a connection over a script.
func newTestConn(t testing.TB, nc *script) *conn {
	t.Helper()
	p, err := New(Config{Self: idA, Address: func(nodeID) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	if nc.reads == nil {
		nc.reads = bytes.NewReader(nil)
	}
	return newConn(p, nc, new(greeting))
}

func message(kind byte, id uint64, size int) *outgoing {
	payload := newBuffer(size)
	payload.b = append(payload.b, bytes.Repeat([]byte{byte(id)}, size)...)
	return &outgoing{kind: kind, id: id, payload: payload, size: size}
}

// chunksOf reads what was written, as "kind:id:length".
func chunksOf(t *testing.T, written []byte) []string {
	t.Helper()
	var out []string
	for len(written) > 0 {
		h := [headerBytes]byte(written)
		c, err := parseChunk(&h)
		if err != nil || !intact(&h, written[headerBytes:headerBytes+c.length]) {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d:%d:%d", c.kind, c.id, c.length))
		written = written[headerBytes+c.length:]
	}
	return out
}

func TestShortMessagesOvertakeLongOnesAndLongOnesTakeTurns(t *testing.T) {
	nc := new(script)
	c := newTestConn(t, nc)
	const k = chunkBytesMax
	c.box.put(message(kindReply, 1, 3*k))
	c.box.put(message(kindReply, 2, 2*k+5))
	c.box.put(message(kindReply, 3, 10))
	c.box.end()
	c.write()
	want := []string{
		fmt.Sprintf("%d:3:10", kindReply),
		fmt.Sprintf("%d:2:%d", kindReply, k), fmt.Sprintf("%d:1:%d", kindReply, k),
		fmt.Sprintf("%d:2:%d", kindMore, k), fmt.Sprintf("%d:1:%d", kindMore, k),
		fmt.Sprintf("%d:2:5", kindMore), fmt.Sprintf("%d:1:%d", kindMore, k),
	}
	if got := chunksOf(t, nc.written); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if c.flushes.Load() != 6 {
		t.Errorf("%d writes", c.flushes.Load())
	}
}

func TestMessagesThatAreQueuedGoOutInOneWrite(t *testing.T) {
	nc := new(script)
	c := newTestConn(t, nc)
	for id := range uint64(20) {
		c.box.put(message(kindReply, id, 100))
	}
	c.box.end()
	c.write()
	if n := len(chunksOf(t, nc.written)); n != 20 || c.flushes.Load() != 1 {
		t.Errorf("%d messages in %d writes", n, c.flushes.Load())
	}
}

// The kernel takes some bytes and the connection breaks: each request knows whether one of them was its own.
func TestARequestIsUnsentExactlyWhenNoByteOfItWasTaken(t *testing.T) {
	const whole = headerBytes + 10
	for takes := 1; takes < 3*whole; takes++ {
		nc := &script{takes: takes}
		c := newTestConn(t, nc)
		var all []*outgoing
		freed := 0
		for id := range uint64(3) {
			o := message(kindRequest, id, 10)
			o.gone = func() { freed++ }
			all = append(all, o)
			c.box.put(o)
		}
		c.write()
		if !c.isDead() || !errors.Is(c.cause, errBroken) || freed != 3 {
			t.Fatalf("%d bytes taken: %v, %d freed", takes, c.cause, freed)
		}
		for i, o := range all {
			if got, want := o.revoke(), i*whole >= takes; got != want {
				t.Errorf("%d bytes taken: request %d: unsent is %v", takes, i, got)
			}
		}
	}
}

func TestARequestThatIsRevokedInTheQueueIsNeverSent(t *testing.T) {
	nc := new(script)
	c := newTestConn(t, nc)
	first, second := message(kindRequest, 1, 10), message(kindRequest, 2, 10)
	late := message(kindRequest, 3, 10)
	late.deadline = time.Now().Add(-time.Second)
	c.box.put(first)
	c.box.put(second)
	c.box.put(late)
	if !first.revoke() {
		t.Error("it was waiting")
	}
	c.box.end()
	c.write()
	if got := chunksOf(t, nc.written); len(got) != 1 || second.revoke() || !late.revoke() {
		t.Errorf("written: %v", got)
	}
}

func TestALongRequestThatIsStoppedIsAbandoned(t *testing.T) {
	nc := new(script)
	c := newTestConn(t, nc)
	w := &writer{conn: c}
	o := message(kindRequest, 1, 5*chunkBytesMax)
	w.writeBatch([]*outgoing{o})
	w.writeBatch(nil)
	if o.revoke() {
		t.Error("some of it was sent")
	}
	w.writeBatch(nil)
	w.writeBatch(nil)
	want := []string{
		fmt.Sprintf("%d:1:%d", kindRequest, chunkBytesMax), fmt.Sprintf("%d:1:%d", kindMore, chunkBytesMax),
		fmt.Sprintf("%d:1:0", kindAbandon),
	}
	if got := chunksOf(t, nc.written); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTheTimeLeftIsTakenWhenARequestIsWritten(t *testing.T) {
	now := time.Now()
	for left, want := range map[time.Duration]uint32{
		time.Microsecond: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Minute: 60000, 1 << 62: 1 << 31,
	} {
		if got := millisLeft(now.Add(left), now); got != want {
			t.Errorf("%s: %d ms", left, got)
		}
	}
	if got := millisLeft(time.Time{}, now); got != 0 {
		t.Errorf("no deadline: %d ms", got)
	}
}

func TestAnOutboxCountsBytesUntilTheyAreSent(t *testing.T) {
	b := newOutbox()
	if err := b.offer(message(kindRequest, 1, 100), 10, 50); err != nil {
		t.Errorf("one alone may be longer than the bound: %v", err)
	}
	if err := b.offer(message(kindRequest, 2, 1), 10, 50); !errors.Is(err, errQueueFull) {
		t.Error(err)
	}
	b.take(nil, true)
	if err := b.offer(message(kindRequest, 3, 1), 10, 50); !errors.Is(err, errQueueFull) {
		t.Error(err)
	}
	b.done(100)
	for range 2 {
		if err := b.offer(message(kindRequest, 4, 1), 2, 50); err != nil {
			t.Error(err)
		}
	}
	if err := b.offer(message(kindRequest, 5, 1), 2, 50); !errors.Is(err, errQueueFull) {
		t.Error(err)
	}
	b.end()
	if err := b.put(message(kindRequest, 6, 1)); !errors.Is(err, errEnded) {
		t.Error(err)
	}
	if batch, open := b.take(nil, true); len(batch) != 2 || !open {
		t.Errorf("%d, %v", len(batch), open)
	}
	if batch, open := b.take(nil, true); len(batch) != 0 || open {
		t.Errorf("%d, %v", len(batch), open)
	}
}

func TestTheBytesOfTheWireAreThoseOfTheGoldenFiles(t *testing.T) {
	golden(t, "wire-request", appendChunk(nil, chunk{kind: kindRequest, id: 0x0102030405060708, size: 3, millis: 5000}, []byte("abc")))
	golden(t, "wire-more", appendChunk(nil, chunk{kind: kindMore, id: 9, size: 65536}, []byte("def")))
	golden(t, "wire-ping", appendChunk(nil, chunk{kind: kindPing}, nil))
	h := hello{
		VersionMin: 1, VersionMax: 2, Cluster: 3, ID: 4, Expects: 5, HasSecret: true, Nonce: [32]byte{6, 7}, Name: "n1", Program: "0.1",
	}
	golden(t, "wire-hello", appendRecord([]byte(magic), recordHello, h.append(nil)))
	golden(t, "wire-refusal", appendRefusal(nil, &RefusedError{Reason: OtherCluster, Detail: "why"}))
	g := &greeting{mine: h, secret: []byte("secret"), dialled: true}
	theirs := hello{VersionMin: 1, VersionMax: 1, ID: 8, HasSecret: true, Name: "n2"}
	if err := g.readHello(bytes.NewReader(appendRecord([]byte(magic), recordHello, theirs.append(nil)))); err != nil {
		t.Fatal(err)
	}
	golden(t, "wire-proof", g.proof(true))
	golden(t, "wire-welcome", g.proof(false))
}

// FuzzReader feeds a connection whatever bytes; messages that come out are what was put in.
func FuzzReader(f *testing.F) {
	request := AppendFrame(nil, node.Frame{Body: &node.StatusRequest{}})
	f.Add(appendChunk(nil, chunk{kind: kindRequest, id: 1, size: len(request), millis: 9}, request))
	f.Add(appendChunk(appendChunk(nil, chunk{kind: kindReply, id: 1, size: 5}, []byte("abc")), chunk{kind: kindMore, id: 1, size: 3}, []byte("de")))
	f.Add(appendChunk(nil, chunk{kind: kindAbandon, id: 1}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newTestConn(t, &script{reads: bytes.NewReader(b)})
		in := c.newReader(func(first chunk, payload *buffer) bool { return c.long.claim(payload, first.size) })
		for {
			first, payload, err := in.next()
			if err != nil {
				break
			}
			if len(payload.b) != first.size && first.kind <= kindReply {
				t.Fatalf("%d bytes of %d", len(payload.b), first.size)
			}
			payload.free()
		}
		in.end()
		if left := c.long.left.Load(); left != 1<<30 {
			t.Fatalf("%d bytes of the budget are left", left)
		}
	})
}
