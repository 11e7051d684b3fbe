package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/memory"
	"github.com/kindreddb/kindred/node"
)

// patience is how long a test waits for what must come; nothing is asserted about how long things take.
const patience = 20 * time.Second

// wallTime is the time of all writes in tests.
var wallTime = time.Date(2026, 11, 21, 10, 0, 0, 123e6, time.UTC)

// world is a server with both listeners on a backend in memory.
type world struct {
	t           testing.TB
	server      *httpapi.Server
	backend     *memory.Backend
	data, admin string
	http        *http.Client
}

// start runs a server until the test ends. configure may change its Config; short time-outs are for the tests
// that wait for them.
func start(t testing.TB, configure func(*httpapi.Config)) *world {
	t.Helper()
	b := memory.New(func() time.Time { return wallTime })
	c := httpapi.Config{Backend: b, Version: "test"}
	if configure != nil {
		configure(&c)
	}
	s, err := httpapi.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: s, backend: b, http: &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	ended := make(chan error, 2)
	w.data = w.listen(s.ServeData, ended)
	w.admin = w.listen(s.ServeAdmin, ended)
	t.Cleanup(func() {
		w.http.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("a listener ended with %v", err)
			}
		}
	})
	return w
}

func (w *world) listen(serve func(net.Listener) error, ended chan<- error) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	go func() { ended <- serve(ln) }()
	return ln.Addr().String()
}

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body []byte
}

// do sends a request to the data listener; the target is sent as it is. header holds pairs of names and values.
func (w *world) do(method, target, body string, header ...string) reply {
	w.t.Helper()
	return w.doAt(w.data, method, target, body, header...)
}

func (w *world) doAt(addr, method, target, body string, header ...string) reply {
	w.t.Helper()
	var reader io.Reader
	if method == "PUT" || method == "POST" || body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, "http://"+addr, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	path, query, _ := strings.Cut(target, "?")
	req.URL = &url.URL{Scheme: "http", Host: addr, Opaque: path, RawQuery: query}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		} else {
			req.Header.Add(header[i], header[i+1])
		}
	}
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: reading the answer: %v", method, target, err)
	}
	return reply{resp, got}
}

// want checks the status and gives the reply back.
func (w *world) want(status int, r reply) reply {
	w.t.Helper()
	if r.StatusCode != status {
		w.t.Fatalf("status %d, want %d: %s", r.StatusCode, status, r.body)
	}
	return r
}

// wantProblem checks that the reply is a problem document with this status and code.
func (w *world) wantProblem(status int, code string, r reply) document.Problem {
	w.t.Helper()
	return wantProblem(w.t, status, code, r)
}

func wantProblem(t testing.TB, status int, code string, r reply) document.Problem {
	t.Helper()
	var p document.Problem
	if got := r.Header.Get("Content-Type"); got != document.TypeProblem {
		t.Fatalf("status %d with content type %q, want a problem document: %s", r.StatusCode, got, r.body)
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatalf("the problem document %s: %v", r.body, err)
	}
	if r.StatusCode != status || p.Status != status || p.Code != code || p.Type != "/errors/"+code {
		t.Fatalf("status %d, problem %s; want %d %s", r.StatusCode, r.body, status, code)
	}
	if p.Title == "" || p.Detail == "" {
		t.Errorf("a problem without title or detail: %s", r.body)
	}
	return p
}

// wire is a raw connection.
type wire struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// dial opens a raw connection to the address, closed when the test ends.
func dial(t testing.TB, addr string) *wire {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &wire{c, t, bufio.NewReader(c)}
}

// send writes bytes as they are. The server may have closed already: what counts is what it answers.
func (w *wire) send(s string) *wire {
	_, _ = io.WriteString(w.Conn, s)
	return w
}

// receive reads one answer to a request of the method.
func (w *wire) receive(method string) reply {
	w.t.Helper()
	resp, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		w.t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("reading the answer: %v", err)
	}
	return reply{resp, body}
}

// wantClosed checks that the server has nothing more to say and closes.
func (w *wire) wantClosed() {
	w.t.Helper()
	rest, err := io.ReadAll(w.in)
	if len(rest) > 0 {
		w.t.Fatalf("more came: %.200q", rest)
	}
	if err != nil && !strings.Contains(err.Error(), "reset") {
		w.t.Fatalf("the connection was not closed: %v", err)
	}
}

// put writes a value and gives its context.
func (w *world) put(target, value string, header ...string) string {
	w.t.Helper()
	return w.want(204, w.do("PUT", target, value, header...)).Header.Get("Causal-Context")
}

// object reads the object document of a key.
func (w *world) object(target string) document.Object {
	w.t.Helper()
	r := w.want(200, w.do("GET", target, "", "Accept", document.TypeObject))
	var d document.Object
	if err := json.Unmarshal(r.body, &d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// values gives the values of a key, in the order of the document.
func (w *world) values(target string) string {
	w.t.Helper()
	var b bytes.Buffer
	for _, s := range w.object(target).Siblings {
		value, err := s.Bytes()
		if err != nil {
			w.t.Fatal(err)
		}
		b.Write(append(value, '|'))
	}
	return strings.TrimSuffix(b.String(), "|")
}

// The backend that the server is made for.
var _ httpapi.Backend = (*node.Node)(nil)
