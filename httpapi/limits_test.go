package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
)

func TestAHeadThatDripsIsCutOff(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.Wire.HeadTimeout = 100 * time.Millisecond })
	for _, begin := range []string{"", "GET /kv/b/k HTTP/1.1\r\nHost: h\r\n"} {
		conn := dial(t, w.data).send(begin)
		stop := make(chan struct{})
		go func() {
			for i := 0; begin != ""; i++ {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
					conn.send(fmt.Sprintf("X-%d: y\r\n", i))
				}
			}
		}()
		conn.wantClosed()
		close(stop)
	}
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.Wire.IdleTimeout = short })
	conn := dial(t, w.data)
	if r := conn.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n").receive("GET"); r.StatusCode != 200 {
		t.Fatal(r.StatusCode)
	}
	conn.wantClosed()
}

func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.Wire.StepTimeout, c.Wire.LingerTimeout = short, short })
	w.put("/kv/b/k", strings.Repeat("v", 4<<20))
	conn := dial(t, w.data)
	for range 32 { // more than the kernel keeps for a client that does not read
		conn.send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n")
	}
	w.http.CloseIdleConnections()
	w.until("the connection is gone", func() bool { return w.metric(`kindred_http_connections{listener="data"}`) == 0 })
}

func TestValuesThatAreNotTakenStayCharged(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.BodyBytesMax = 6 << 20 })
	w.put("/kv/b/k", strings.Repeat("v", 4<<20))
	w.until("all is given back", func() bool { return w.metric("kindred_http_body_bytes") == 0 })
	slow := dial(t, w.data)
	for range 32 { // more than the kernel keeps for a client that does not read
		slow.send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n")
	}
	w.until("another read does not fit", func() bool {
		r := w.do("GET", "/kv/b/k", "")
		return r.StatusCode == 503 && strings.Contains(string(r.body), "overloaded")
	})
	_ = slow.Close()
	w.until("it fits again", func() bool { return w.do("GET", "/kv/b/k", "").StatusCode == 200 })
}

func TestConnectionsBeyondTheLimitAreToldSo(t *testing.T) {
	for name, configure := range map[string]func(*httpapi.Config){
		"in all":           func(c *httpapi.Config) { c.ConnectionsMax = 2 },
		"from one address": func(c *httpapi.Config) { c.ConnectionsPerIPMax = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, configure)
			first, second := dial(t, w.data), dial(t, w.data)
			for _, c := range []*wire{first, second} {
				if r := c.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n").receive("GET"); r.StatusCode != 200 {
					t.Fatal(r.StatusCode)
				}
			}
			third := dial(t, w.data).send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n")
			r := third.receive("GET")
			wantProblem(t, 503, "overloaded", r)
			if r.Header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After: %q", r.Header.Get("Retry-After"))
			}
			third.wantClosed()
			_ = first.Close()
			w.until("the free place is given", func() bool {
				c := dial(t, w.data).send("GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				return c.receive("GET").StatusCode == 200
			})
		})
	}
}

// gate lets the backend's calls wait until it is opened.
type gate struct {
	waiting chan struct{} // one for each call that has come
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) pass(ctx context.Context, method string) error {
	g.waiting <- struct{}{}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return &node.Error{Code: node.CodeTimeout, Effect: node.Unknown, Detail: "cut off"}
	}
}

func TestRequestsBeyondTheLimitAre503AtOnce(t *testing.T) {
	g := newGate()
	w := start(t, func(c *httpapi.Config) { c.RequestsMax = 2 })
	w.backend.Before = g.pass
	busy := []*wire{dial(t, w.data), dial(t, w.data)}
	busy[0].send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n")
	busy[1].send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv")
	<-g.waiting
	<-g.waiting
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r := w.do(method, "/kv/b/k", "")
		p := w.wantProblem(503, "overloaded", r)
		if r.Header.Get("Retry-After") != "1" || !p.Retryable || (method == "GET") != (p.Outcome == "") {
			t.Errorf("%s: Retry-After %q, %s", method, r.Header.Get("Retry-After"), r.body)
		}
	}
	w.want(200, w.do("GET", "/readyz", ""))
	w.want(200, w.doAt(w.admin, "GET", "/metrics", ""))
	close(g.open)
	if r := busy[0].receive("GET"); r.StatusCode != 404 && r.StatusCode != 200 {
		t.Errorf("the request that had a seat: %d", r.StatusCode)
	}
	if r := busy[1].receive("PUT"); r.StatusCode != 204 {
		t.Errorf("the request that had the other: %d", r.StatusCode)
	}
	w.until("the seats are free", func() bool { return w.do("GET", "/kv/b/k", "").StatusCode == 200 })
}

func TestShutdownLetsRequestsUnderWayEndAndTurnsNewOnesAway(t *testing.T) {
	g := newGate()
	w := start(t, nil)
	w.backend.Before = g.pass
	idle := dial(t, w.data)
	idle.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n").receive("GET")
	underWay := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv")
	<-g.waiting
	ended := make(chan error)
	go func() { ended <- w.server.Shutdown(context.Background()) }()
	w.until("the node says that it drains", func() bool { return w.do("GET", "/readyz", "").StatusCode == 503 })
	for _, c := range []*wire{idle, dial(t, w.data)} {
		r := c.send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n").receive("GET")
		wantProblem(t, 503, "draining", r)
		if !r.Close || r.Header.Get("Retry-After") != "1" {
			t.Errorf("closes %v, Retry-After %q", r.Close, r.Header.Get("Retry-After"))
		}
		c.wantClosed()
	}
	wantProblem(t, 503, "draining", w.do("GET", "/readyz", ""))
	w.want(200, w.do("GET", "/livez", ""))
	select {
	case err := <-ended:
		t.Fatalf("Shutdown ended before the request that was under way: %v", err)
	default:
	}
	close(g.open)
	if r := underWay.receive("PUT"); r.StatusCode != 204 || !r.Close {
		t.Errorf("the request under way: %d, closes %v", r.StatusCode, r.Close)
	}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if w.backend.Writes() != 1 {
		t.Errorf("%d writes", w.backend.Writes())
	}
}

func TestShutdownCutsOffWhatDoesNotEnd(t *testing.T) {
	g := newGate()
	w := start(t, func(c *httpapi.Config) { c.DrainTimeout = short })
	w.backend.Before = g.pass
	conn := dial(t, w.data).send("GET /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n")
	<-g.waiting
	if err := w.server.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	conn.wantClosed()
}

func TestANodeThatIsNotReadySaysSo(t *testing.T) {
	w := start(t, nil)
	var ready atomic.Bool
	w.backend.NotReady = func() error {
		if ready.Load() {
			return nil
		}
		return &node.Error{Code: node.CodeNotReady, Detail: "this node waits for others"}
	}
	w.wantProblem(503, "not-ready", w.do("GET", "/readyz", ""))
	w.want(200, w.do("GET", "/livez", ""))
	w.wantProblem(503, "not-ready", w.do("GET", "/kv/b/k", ""))
	if p := w.wantProblem(503, "not-ready", w.do("PUT", "/kv/b/k", "v")); p.Outcome != "not_applied" {
		t.Errorf("a write that nobody tried has the outcome: %+v", p)
	}
	w.want(200, w.doAt(w.admin, "GET", "/admin/cluster", ""))
	ready.Store(true)
	w.want(200, w.do("GET", "/readyz", ""))
	w.put("/kv/b/k", "v")
}

func TestAPanicIsOneRequestsAffair(t *testing.T) {
	w := start(t, nil)
	w.backend.Before = func(context.Context, string) error { panic("the secret of the day") }
	p := w.wantProblem(500, "internal", w.do("PUT", "/kv/b/k", "v"))
	if strings.Contains(p.Detail, "secret") || p.Outcome != "unknown" || p.Retryable {
		t.Errorf("%+v", p)
	}
	w.want(200, w.do("GET", "/livez", ""))
}
