package httpapi_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
)

// short is a time-out for tests that wait for it.
const short = 50 * time.Millisecond

func shortSteps(c *httpapi.Config) { c.Wire.StepTimeout = short }

func TestABodyThatIsDeclaredTooLargeIsRefusedBeforeItIsRead(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, fields string }{
		{"one byte more than is allowed", fmt.Sprintf("Content-Length: %d\r\n", 4<<20+1)},
		{"far more than is allowed", "Content-Length: 4611686018427387903\r\n"},
		{"who expects to be asked is not told to go on", fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", 99<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\n" + c.fields + "\r\n")
			p := wantProblem(t, 413, "value-too-large", conn.receive("PUT"))
			if p.Outcome != "not_applied" {
				t.Errorf("outcome %q", p.Outcome)
			}
			conn.wantClosed()
		})
	}
	w.want(204, w.do("PUT", "/kv/b/k", strings.Repeat("v", 4<<20)))
	if got := w.want(200, w.do("GET", "/kv/b/k", "")); len(got.body) != 4<<20 {
		t.Errorf("the largest value came back with %d bytes", len(got.body))
	}
}

func TestAChunkedBodyIsCountedWhileItComes(t *testing.T) {
	w := start(t, nil)
	conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
	go func() {
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("v", 64<<10))
		for range 65 {
			conn.send(chunk)
		}
	}()
	wantProblem(t, 413, "value-too-large", conn.receive("PUT"))
	conn.wantClosed()
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestExpectIsAnsweredBeforeTheBody(t *testing.T) {
	w := start(t, nil)
	conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
	line, err := conn.in.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := conn.in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if r := conn.send("value").receive("PUT"); r.StatusCode != 204 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	wantProblem(t, 400, "invalid-parameter", dial(t, w.data).
		send("PUT /kv/b/k?W=3 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n").receive("PUT"))
}

func TestABodyThatStopsArrivingIs408(t *testing.T) {
	w := start(t, shortSteps)
	for _, c := range []struct{ name, sent string }{
		{"a declared length, and some of it", "Content-Length: 1000000\r\n\r\nten bytes "},
		{"a declared length, and nothing", "Content-Length: 1000000\r\n\r\n"},
		{"a chunk that is not whole", "Transfer-Encoding: chunked\r\n\r\n10\r\nhalf"},
		{"chunks without an end", "Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n"},
		{"trailers without an end", "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n"},
		{"a length of a chunk that is not whole", "Transfer-Encoding: chunked\r\n\r\n1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\n" + c.sent)
			p := wantProblem(t, 408, "body-timeout", conn.receive("PUT"))
			if p.Outcome != "not_applied" || !p.Retryable {
				t.Errorf("%+v", p)
			}
			conn.wantClosed()
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestABodyThatDripsIsCutOff(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.Wire.StepTimeout = 200 * time.Millisecond })
	conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				conn.send("x")
			}
		}
	}()
	wantProblem(t, 408, "body-timeout", conn.receive("PUT"))
}

func TestABodyThatIsCutOffIs400AndNothingIsStored(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, sent string }{
		{"fewer bytes than declared", "Content-Length: 10\r\n\r\nnine byte"},
		{"no bytes of those declared", "Content-Length: 10\r\n\r\n"},
		{"many bytes, fewer than declared", "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 99999)},
		{"chunks without the last one", "Transfer-Encoding: chunked\r\n\r\n5\r\nvalue\r\n"},
		{"half a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nva"},
		{"a chunk without its line end", "Transfer-Encoding: chunked\r\n\r\n5\r\nvalue"},
		{"the last chunk without the empty line", "Transfer-Encoding: chunked\r\n\r\n5\r\nvalue\r\n0\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\n" + c.sent)
			if err := conn.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			wantProblem(t, 400, "bad-request", conn.receive("PUT"))
			conn.wantClosed()
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestMalformedChunksAre400(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, sent string }{
		{"a size that is no number", "xyz\r\n"},
		{"a negative size", "-1\r\nv\r\n0\r\n\r\n"},
		{"an empty size", "\r\nv\r\n0\r\n\r\n"},
		{"a size with a prefix", "0x1\r\nv\r\n0\r\n\r\n"},
		{"a size beyond 64 bits", "fffffffffffffffff\r\n"},
		{"a size behind a blank", " 1\r\nv\r\n0\r\n\r\n"},
		{"LF alone behind the size", "1\nv\r\n0\r\n\r\n"},
		{"more bytes than the size", "1\r\nvalue\r\n0\r\n\r\n"},
		{"an extension that never ends", "1;" + strings.Repeat("x", 1000)},
		{"trailers that never end", "0\r\n" + strings.Repeat("X: y\r\n", 10_000)},
		{"a trailer that is no field", "0\r\nno field\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + c.sent)
			wantProblem(t, 400, "bad-request", conn.receive("PUT"))
			conn.wantClosed()
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestDeclaredLengthsCostNoMemory(t *testing.T) {
	const connections = 250
	w := start(t, nil)
	for range connections {
		dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 4194304\r\n\r\nten bytes ")
	}
	charged := 0
	w.until("all bodies are being waited for", func() bool {
		charged = w.metric("kindred_http_body_bytes")
		return charged >= connections*10
	})
	if charged > connections*64<<10 {
		t.Errorf("%d connections that sent ten bytes each are charged %d bytes", connections, charged)
	}
}

func TestBodiesBeyondTheBudgetAre503(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.BodyBytesMax = 300 << 10 })
	w.put("/kv/b/small", strings.Repeat("v", 64<<10))
	r := w.do("PUT", "/kv/b/k", strings.Repeat("v", 1<<20))
	p := w.wantProblem(503, "overloaded", r)
	if p.Outcome != "not_applied" || !p.Retryable || r.Header.Get("Retry-After") != "1" {
		t.Errorf("%s, Retry-After %q", r.body, r.Header.Get("Retry-After"))
	}
	w.until("all is given back", func() bool { return w.metric("kindred_http_body_bytes") == 0 })
	w.put("/kv/b/small", strings.Repeat("v", 64<<10))
}

func TestACompressedValueIsStoredAsItIs(t *testing.T) {
	w := start(t, nil)
	var bomb strings.Builder
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 100<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w.put("/kv/b/bomb", bomb.String(), "Content-Encoding", "gzip", "Content-Type", "text/plain")
	r := w.want(200, w.do("GET", "/kv/b/bomb", ""))
	if string(r.body) != bomb.String() || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes with encoding %q came back of %d", len(r.body), r.Header.Get("Content-Encoding"), bomb.Len())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// until waits for a condition.
func (w *world) until(what string, condition func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !condition() {
		select {
		case <-ctx.Done():
			w.t.Fatalf("waited in vain until %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

// metric reads one figure of /metrics; 0 where it is not there.
func (w *world) metric(name string) int {
	w.t.Helper()
	for line := range strings.SplitSeq(string(w.want(200, w.doAt(w.admin, "GET", "/metrics", "")).body), "\n") {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.Atoi(value)
			if err != nil {
				w.t.Fatalf("%s: %v", line, err)
			}
			return n
		}
	}
	return 0
}
