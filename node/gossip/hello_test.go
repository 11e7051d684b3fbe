package gossip

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/kindreddb/kindred/ring"
)

func testGreeter(id ring.NodeID, key []byte, judge func(profile) verdict) greeter {
	return greeter{self: func() profile { return testProfile(id, "n", uint64(id)) }, judge: judge, key: key,
		rand: newSource(uint64(id)), oldest: 1, newest: 1}
}

// shake lets two talk over a pipe whose bytes pass through the functions, and gives what came of it.
func shake(t *testing.T, caller, called greeter, within time.Duration, out, back func(io.Writer) io.Writer) (answer, error, arrival, error) {
	t.Helper()
	a, b := net.Pipe()
	_, _ = a.SetDeadline(time.Now().Add(within)), b.SetDeadline(time.Now().Add(within))
	type received struct {
		arrival
		err error
	}
	got := make(chan received, 1)
	go func() {
		arr, err := called.receive(through{b, back(b)})
		_ = b.Close()
		got <- received{arr, err}
	}()
	ans, err := caller.callOn(through{a, out(a)}, "there", visit)
	_ = a.Close()
	r := <-got
	return ans, err, r.arrival, r.err
}

// through is a connection whose writes go another way.
type through struct {
	net.Conn
	w io.Writer
}

func (t through) Write(b []byte) (int, error) { return t.w.Write(b) }

func straight(w io.Writer) io.Writer { return w }

// after writes the bytes up to a count, then changes one or stops.
type after struct {
	w     io.Writer
	count int
	cut   bool
}

func (a *after) Write(b []byte) (int, error) {
	n := len(b)
	if a.count < n && a.count >= 0 {
		b = bytes.Clone(b)
		if a.cut {
			_, _ = a.w.Write(b[:a.count])
			if c, ok := a.w.(io.Closer); ok {
				_ = c.Close()
			}
			return 0, io.ErrClosedPipe
		}
		b[a.count] ^= 1
	}
	a.count -= n
	return a.w.Write(b)
}

func TestAVerdictReachesTheCaller(t *testing.T) {
	for name, key := range map[string][]byte{"with a secret": []byte("k"), "without": nil} {
		t.Run(name, func(t *testing.T) {
			judged := verdict{kind: refused, reason: NameInUse, detail: "details"}
			caller := testGreeter(1, key, nil)
			called := testGreeter(2, key, func(p profile) verdict {
				if p.id != 1 {
					t.Errorf("%d calls", p.id)
				}
				return judged
			})
			a, err, b, err2 := shake(t, caller, called, patience, straight, straight)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if a.verdict != judged || a.from != called.self() || b.caller != caller.self() || b.verdict != judged || b.why != visit {
				t.Fatalf("%+v %+v", a, b)
			}
		})
	}
}

func TestAHandshakeThatIsTamperedWithTellsNobodyAnything(t *testing.T) {
	key := []byte("k")
	judge := func(profile) verdict { return verdict{kind: take, id: 9, detail: "details"} }
	for _, cut := range []bool{false, true} {
		for _, side := range []string{callerSide, calledSide} {
			for i := 0; ; i++ {
				spoil := func(w io.Writer) io.Writer { return &after{w: w, count: i, cut: cut} }
				out, back := straight, straight
				if side == callerSide {
					out = spoil
				} else {
					back = spoil
				}
				// A changed length makes a side wait for what never comes; too short a time only costs a round.
				const within = 100 * time.Millisecond
				a, err, b, err2 := shake(t, testGreeter(1, key, nil), testGreeter(2, key, judge), within, out, back)
				if err == nil && err2 == nil && a.kind == take && b.kind == take {
					if i < 100 {
						t.Fatalf("byte %d of the %s: cut or changed, and nobody noticed", i, side)
					}
					break // beyond the last byte
				}
				if err == nil {
					t.Fatalf("byte %d of the %s (cut: %v): the caller believes %+v", i, side, cut, a)
				}
				if side == callerSide && err2 == nil {
					t.Fatalf("byte %d of the %s (cut: %v): the called one believes %+v", i, side, cut, b)
				}
			}
		}
	}
}

func TestAnEchoIsNoProofOfASecret(t *testing.T) {
	a, b := net.Pipe()
	go func() { // says back whatever it hears
		buf := make([]byte, 4096)
		for {
			n, err := b.Read(buf)
			if err != nil {
				return
			}
			if _, err := b.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	_ = a.SetDeadline(time.Now().Add(patience))
	_, err := testGreeter(1, []byte("k"), nil).callOn(a, "there", visit)
	var turned *RefusedError
	if !errors.As(err, &turned) || turned.Reason != WrongSecret {
		t.Fatalf("an echo was believed: %v", err)
	}
	_, _ = a.Close(), b.Close()
}

func TestAProbeIsAnsweredAndNotJudged(t *testing.T) {
	called := testGreeter(2, nil, func(profile) verdict { t.Error("a probe was judged"); return verdict{kind: refused, reason: NameInUse} })
	a, b := net.Pipe()
	go func() { _, _ = called.receive(b) }()
	got, err := testGreeter(1, nil, nil).callOn(a, "there", probe)
	if err != nil || got.kind != welcome || got.from.id != 2 {
		t.Fatalf("%+v %v", got, err)
	}
}
