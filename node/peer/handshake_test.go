package peer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func TestWhoDoesNotBelongIsTurnedAwayWithTheSameWordsOnBothSides(t *testing.T) {
	cluster := func(id uint64) func() uint64 { return func() uint64 { return id } }
	for name, c := range map[string]struct {
		tweak  func(a, b *Config)
		reason Reason // 0: welcome
		words  string
	}{
		"no cluster and no secret on either side": {func(_, _ *Config) {}, 0, ""},
		"one cluster and one secret": {func(a, b *Config) {
			a.ClusterID, b.ClusterID, a.Secret, b.Secret = cluster(1), cluster(1), []byte("s"), []byte("s")
		}, 0, ""},
		"a newcomer calls a member":   {func(_, b *Config) { b.ClusterID = cluster(1) }, 0, ""},
		"a member calls a newcomer":   {func(a, _ *Config) { a.ClusterID = cluster(1) }, 0, ""},
		"another cluster":             {func(a, b *Config) { a.ClusterID, b.ClusterID = cluster(1), cluster(2) }, OtherCluster, "0000000000000002"},
		"another secret":              {func(a, b *Config) { a.Secret, b.Secret = []byte("s"), []byte("t") }, OtherSecret, "different cluster secrets"},
		"a longer secret":             {func(a, b *Config) { a.Secret, b.Secret = []byte("s"), []byte("s ") }, OtherSecret, "different cluster secrets"},
		"a secret with the caller":    {func(a, _ *Config) { a.Secret = []byte("s") }, SecretOnOneSide, `"a" (id 000000000000000a, program "test") has a cluster secret`},
		"a secret with the called":    {func(_, b *Config) { b.Secret = []byte("s") }, SecretOnOneSide, `"b" (id 000000000000000b, program "test") has a cluster secret`},
		"one id on both sides":        {func(a, _ *Config) { a.Self = idB }, SameID, "an id of its own"},
		"another node at the address": {func(_, b *Config) { b.Self = 0xc }, OtherNode, "looked for node 000000000000000b"},
	} {
		t.Run(name, func(t *testing.T) {
			var logA, logB lines
			r := newRig(t, echo, func(a, b *Config) {
				a.Log, b.Log = slog.New(slog.NewTextHandler(&logA, nil)), slog.New(slog.NewTextHandler(&logB, nil))
				c.tweak(a, b)
			})
			err := r.call(20*time.Second, 1)
			if c.reason == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *RefusedError
			if !errors.As(err, &refused) || !errors.Is(err, node.ErrUnsent) {
				t.Fatalf("the caller got %v", err)
			}
			if refused.Reason != c.reason || !strings.Contains(refused.Detail, c.words) {
				t.Errorf("the caller got %v", refused)
			}
			until(t, "both logs have it", func() bool {
				return strings.Contains(logA.unquoted(), refused.Detail) && strings.Contains(logB.unquoted(), refused.Detail)
			})
			until(t, "both count it", func() bool {
				return r.b.Stats().HandshakesRefused == 1 && r.a.Stats().HandshakesRefused == 1
			})
		})
	}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) unquoted() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.ReplaceAll(l.all.String(), `\"`, `"`)
}

func TestVersionsThatDoNotMeetAreBothNamed(t *testing.T) {
	for name, c := range map[string]struct {
		a, b    [2]uint16
		version uint16
	}{
		"the same":       {[2]uint16{1, 1}, [2]uint16{1, 1}, 1},
		"one newer":      {[2]uint16{1, 1}, [2]uint16{1, 2}, 1},
		"overlapping":    {[2]uint16{2, 4}, [2]uint16{3, 6}, 4},
		"too old":        {[2]uint16{1, 2}, [2]uint16{3, 4}, 0},
		"too new":        {[2]uint16{7, 7}, [2]uint16{3, 4}, 0},
		"turned around":  {[2]uint16{4, 1}, [2]uint16{4, 1}, 0},
		"none whatever":  {[2]uint16{0, 0}, [2]uint16{0, 0}, 0},
		"one that meets": {[2]uint16{3, 9}, [2]uint16{1, 3}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			a := hello{VersionMin: c.a[0], VersionMax: c.a[1], ID: idA}
			b := hello{VersionMin: c.b[0], VersionMax: c.b[1], ID: idB}
			if a.version(b) != c.version || b.version(a) != c.version {
				t.Errorf("%d and %d, want %d", a.version(b), b.version(a), c.version)
			}
			if refused := judge(a, b); (refused == nil) != (c.version != 0) {
				t.Error(refused)
			} else if refused != nil && refused.Reason != OtherVersion {
				t.Error(refused)
			}
		})
	}
	r := newRig(t, echo, nil)
	g := newGreeting(&r.a.config, idB)
	g.mine.VersionMin, g.mine.VersionMax = 7, 9
	nc, err := net.Dial("tcp", r.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	err = g.dial(nc, 10*time.Second)
	if err == nil || !strings.Contains(err.Error(), "7 to 9") || !strings.Contains(err.Error(), "1 to 1") {
		t.Error(err)
	}
}

func TestOverItsConnectionsAServerSaysSo(t *testing.T) {
	r := newRig(t, echo, func(_, b *Config) { b.ConnsMax = 1 })
	nc := r.raw()
	err := r.call(20*time.Second, 1)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Reason != TooManyConnections || !refused.Told {
		t.Fatal(err)
	}
	nc.Close()
	until(t, "there is a place again", func() bool { return r.call(20*time.Second, 2) == nil })
}

// Each step of the handshake is answered with nothing, with something else, or cut.
func TestAHandshakeThatStallsOrIsGarbageEnds(t *testing.T) {
	r := newRig(t, echo, func(_, b *Config) {
		b.HandshakeTimeout = 100 * time.Millisecond
		b.Secret = []byte("s")
	})
	hi := appendRecord([]byte(magic), recordHello, newGreeting(&Config{Self: idA, Secret: []byte("x"), ClusterID: func() uint64 { return 0 }}, idB).mine.append(nil))
	for name, said := range map[string]string{
		"nothing":                   "",
		"half a magic":              magic[:3],
		"HTTP":                      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"TLS":                       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"half a hello":              string(hi[:20]),
		"a hello that is too long":  magic + "\x01\xff\xff",
		"another record first":      magic + "\x02\x00\x00",
		"an empty hello":            magic + "\x01\x00\x00",
		"a hello, then nothing":     string(hi),
		"a hello, then a welcome":   string(hi) + "\x03\x00\x00",
		"a hello, then no proof":    string(hi) + "\x02\x00\x00",
		"a hello, then a bad proof": string(hi) + "\x02\x00\x20" + strings.Repeat("p", 32),
		"a hello, then a refusal":   string(hi) + "\x04\x00\x04\x05abc",
		"an empty refusal":          string(hi) + "\x04\x00\x00",
		"a hello, then chunks":      string(hi) + string(appendChunk(nil, chunk{kind: kindRequest, id: 1, size: 3, millis: 9}, []byte("abc"))),
	} {
		t.Run(name, func(t *testing.T) {
			nc, err := net.Dial("tcp", r.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if _, err := io.WriteString(nc, said); err != nil {
				t.Fatal(err)
			}
			closed(t, nc)
		})
	}
	until(t, "each is counted", func() bool { return r.b.Stats().HandshakesRefused == 15 })
	if s := r.b.Stats(); s.Handled != 0 || s.ConnsIn != 0 {
		t.Errorf("figures: %+v", s)
	}
}

// A proof is made for a role: what a node proves as the caller is worth nothing as the called.
func TestAProofCannotBeSentBack(t *testing.T) {
	c := Config{Self: idA, Secret: []byte("s"), ClusterID: func() uint64 { return 0 }}
	g := newGreeting(&c, idB)
	var their bytes.Buffer
	mirror := newGreeting(&c, 0)
	mirror.mine.ID = idB
	if err := mirror.sendHello(&their); err != nil {
		t.Fatal(err)
	}
	if err := g.readHello(&their); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(g.proof(true), g.proof(false)) {
		t.Error("both roles have one proof")
	}
	before := g.proof(true)
	g.transcript[0] ^= 1
	if bytes.Equal(g.proof(true), before) {
		t.Error("the proof does not cover what was said")
	}
}

// The one that dials does not trust who answers before he proved to know the secret.
func TestAServerThatCannotProveTheSecretIsLeft(t *testing.T) {
	ln := listen(t)
	go func() {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		g := newGreeting(&Config{Self: idB, Secret: []byte("guess"), ClusterID: func() uint64 { return 0 }}, 0)
		if g.readHello(nc) == nil && g.sendHello(nc) == nil {
			readRecord(nc)
			nc.Write(appendRecord(nil, recordWelcome, g.proof(false)))
			io.Copy(io.Discard, nc)
		}
	}()
	a := transport(t, Config{Self: idA, Secret: []byte("s"), Address: func(ring.NodeID) (string, bool) { return ln.Addr().String(), true }})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := a.Call(ctx, idB, number(1))
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Reason != OtherSecret || refused.Told {
		t.Error(err)
	}
}

func TestWhatSpeaksSomethingElseIsNamed(t *testing.T) {
	ln := listen(t)
	go func() {
		if nc, err := ln.Accept(); err == nil {
			io.WriteString(nc, "SSH-2.0-OpenSSH_9.6\r\n")
			closed(t, nc)
		}
	}()
	a := transport(t, Config{Self: idA, Address: func(ring.NodeID) (string, bool) { return ln.Addr().String(), true }})
	_, err := a.Call(long(t), idB, number(1))
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Reason != OtherProtocol || !strings.Contains(err.Error(), "SSH-2.0-") {
		t.Error(err)
	}
}

// Later versions may say more; what they add is skipped, and is covered by the proofs.
func TestAHelloMayGrow(t *testing.T) {
	h := hello{VersionMin: 1, VersionMax: 2, Cluster: 3, ID: 4, Expects: 5, HasSecret: true, Name: "n", Program: "p"}
	back, err := parseHello(append(h.append(nil), "more"...))
	if err != nil || back != h {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestWhatOthersSayIsPrintable(t *testing.T) {
	e := parseRefusal([]byte("\x05two\nlines\x1b[31m\xff"))
	if e.Reason != OtherCluster || !strings.HasPrefix(e.Detail, "two?lines?[31m") {
		t.Errorf("%q", e.Detail)
	}
	if got := Reason(99).String(); got != "an unknown reason" {
		t.Error(got)
	}
}

func FuzzHandshake(f *testing.F) {
	c := Config{Self: idB, Secret: []byte("s"), ClusterID: func() uint64 { return 1 }}
	hi := appendRecord([]byte(magic), recordHello, newGreeting(&Config{Self: idA, ClusterID: c.ClusterID}, idB).mine.append(nil))
	f.Add([]byte(magic))
	f.Add(hi)
	f.Add(append(hi, appendRecord(nil, recordProof, make([]byte, 32))...))
	f.Fuzz(func(t *testing.T, said []byte) {
		for _, expects := range []ring.NodeID{0, idA} {
			g := newGreeting(&c, expects)
			nc := &script{reads: bytes.NewReader(said)}
			var err error
			if expects == 0 {
				err = g.accept(nc, time.Hour, func() bool { return true })
			} else {
				err = g.dial(nc, time.Hour)
			}
			if err == nil {
				t.Fatal("who does not know the secret was let in")
			}
		}
	})
}
