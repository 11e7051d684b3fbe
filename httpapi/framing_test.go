package httpapi_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi"
)

// Each of these is a whole request, or the beginning of one, as a client of bad will or little skill sends it.
// The answer is given, the connection is closed, and nothing is stored.
func TestAHeadInDoubtIsRefusedAndTheConnectionClosed(t *testing.T) {
	w := start(t, nil)
	put := func(fields string) string { return "PUT /kv/b/k HTTP/1.1\r\n" + fields + "\r\n" }
	fields := func(n int) string { return strings.Repeat("X-Y: z\r\n", n) }
	for _, c := range []struct {
		name   string
		sent   string
		status int
		code   string
	}{
		{"Content-Length beside Transfer-Encoding", put("Host: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400, "bad-request"},
		{"Transfer-Encoding beside Content-Length", put("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", 400, "bad-request"},
		{"two Content-Length fields that agree", put("Host: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n") + "x", 400, "bad-request"},
		{"two Content-Length fields that differ", put("Host: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n") + "xx", 400, "bad-request"},
		{"two lengths in one field", put("Host: h\r\nContent-Length: 1, 1\r\n") + "x", 400, "bad-request"},
		{"a negative length", put("Host: h\r\nContent-Length: -1\r\n"), 400, "bad-request"},
		{"a length with a plus sign", put("Host: h\r\nContent-Length: +1\r\n") + "x", 400, "bad-request"},
		{"a length in hexadecimal digits", put("Host: h\r\nContent-Length: 0x1\r\n") + "x", 400, "bad-request"},
		{"an empty length", put("Host: h\r\nContent-Length:\r\n"), 400, "bad-request"},
		{"a length beyond 64 bits", put("Host: h\r\nContent-Length: 99999999999999999999\r\n"), 400, "bad-request"},
		{"an unknown transfer coding", put("Host: h\r\nTransfer-Encoding: xchunked\r\n") + "0\r\n\r\n", 400, "bad-request"},
		{"a transfer coding before chunked", put("Host: h\r\nTransfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 400, "bad-request"},
		{"identity as a transfer coding", put("Host: h\r\nTransfer-Encoding: identity\r\n"), 400, "bad-request"},
		{"two Transfer-Encoding fields", put("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400, "bad-request"},
		{"chunks in HTTP/1.0", "PUT /kv/b/k HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad-request"},
		{"no Host", put(""), 400, "bad-request"},
		{"an empty Host", put("Host:\r\n"), 400, "bad-request"},
		{"two Hosts", put("Host: h\r\nHost: h\r\n"), 400, "bad-request"},
		{"a Host that is none", put("Host: a/b\r\n"), 400, "bad-request"},
		{"a space before the colon", put("Host : h\r\n"), 400, "bad-request"},
		{"a space before the colon of the framing", put("Host: h\r\nTransfer-Encoding : chunked\r\n"), 400, "bad-request"},
		{"a tab before the colon", put("Host: h\r\nContent-Length\t: 1\r\n"), 400, "bad-request"},
		{"a field without a colon", put("Host: h\r\nnonsense\r\n"), 400, "bad-request"},
		{"a field without a name", put("Host: h\r\n: x\r\n"), 400, "bad-request"},
		{"a folded field", put("Host: h\r\nMeta-A: b\r\n c\r\n"), 400, "bad-request"},
		{"a first field that is folded", put(" Host: h\r\n"), 400, "bad-request"},
		{"LF alone behind the request line", "PUT /kv/b/k HTTP/1.1\nHost: h\r\n\r\n", 400, "bad-request"},
		{"LF alone behind a field", "PUT /kv/b/k HTTP/1.1\r\nHost: h\nContent-Length: 0\r\n\r\n", 400, "bad-request"},
		{"LF alone behind the head", "PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\n", 400, "bad-request"},
		{"CR alone within a field", put("Host: h\r\nMeta-A: b\rc\r\n"), 400, "bad-request"},
		{"NUL in metadata", put("Host: h\r\nMeta-A: b\x00c\r\n"), 400, "bad-request"},
		{"a control character in metadata", put("Host: h\r\nMeta-A: b\x01c\r\n"), 400, "bad-request"},
		{"LF in metadata", put("Host: h\r\nMeta-A: b\nInjected: c\r\n"), 400, "bad-request"},
		{"HTTP/9.9", "GET /kv/b/k HTTP/9.9\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"HTTP/1.2", "GET /kv/b/k HTTP/1.2\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"http/1.1 in lower case", "GET /kv/b/k http/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"HTTP/0.9", "GET /kv/b/k\r\n", 400, "bad-request"},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad-request"},
		{"the start of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "bad-request"},
		{"bytes that are no HTTP", "\x00\x01\x02\x03", 400, "bad-request"},
		{"the version of another protocol", "GET /kv/b/k RTSP/1.0\r\n\r\n", 400, "bad-request"},
		{"two spaces in the request line", "GET  /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"a space in the target", "GET /kv/b/k k HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"a control character in the target", "GET /kv/b/\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"a fragment in the target", "GET /kv/b/k#f HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"an unknown expectation", put("Host: h\r\nExpect: miracles\r\nContent-Length: 1\r\n"), 400, "bad-request"},
		{"a method that is no token", "G(T /kv/b/k HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"},
		{"a target of more than 8 KiB", "GET /kv/b/" + strings.Repeat("k", 8<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414, "target-too-long"},
		{"a target that never ends", "GET /" + strings.Repeat("k", 64<<10), 414, "target-too-long"},
		{"a header block of more than 32 KiB", put("Host: h\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n"), 431, "headers-too-large"},
		{"a header block that never ends", "GET /kv/b/k HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 64<<10), 431, "headers-too-large"},
		{"more than 100 fields", put("Host: h\r\n" + fields(100)), 431, "headers-too-large"},
		{"a put without a length", put("Host: h\r\n"), 411, "length-required"},
		{"a put of HTTP/1.0 without a length", "PUT /kv/b/k HTTP/1.0\r\n\r\nvalue", 411, "length-required"},
		{"a get with a body", "GET /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n" + strings.Repeat("x", 100), 400, "bad-request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send(c.sent)
			r := conn.receive("PUT")
			wantProblem(t, c.status, c.code, r)
			if !r.Close {
				t.Error("the answer does not announce that the connection closes")
			}
			conn.wantClosed()
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestWhatIsUnusualAndInOrderIsServed(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, sent string }{
		{"an empty line before the request", "\r\nPUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv"},
		{"HTTP/1.0 without Host", "PUT /kv/b/k HTTP/1.0\r\nContent-Length: 1\r\n\r\nv"},
		{"names in any case", "PUT /kv/b/k HTTP/1.1\r\nhOST: h\r\ncONTENT-lENGTH: 1\r\n\r\nv"},
		{"blanks around values", "PUT /kv/b/k HTTP/1.1\r\nHost:h\r\nContent-Length: \t1 \r\n\r\nv"},
		{"a header block of just 32 KiB", "PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nX: " + strings.Repeat("x", 32<<10-len("Host: h\r\nContent-Length: 1\r\nX: \r\n\r\n")) + "\r\n\r\nv"},
		{"just 100 fields", "PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n" + strings.Repeat("X: y\r\n", 98) + "\r\nv"},
		{"chunks with extensions and trailers", "PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\nv\r\n0\r\nTrailer: x\r\n\r\n"},
		{"a body in many chunks", "PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nv\r\n", 5000) + "0\r\n\r\n"},
		{"a delete with an empty body", "DELETE /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
		{"a delete with an empty chunked body", "DELETE /kv/b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send(c.sent)
			if r := conn.receive("PUT"); r.StatusCode != 204 {
				t.Fatalf("%d %s", r.StatusCode, r.body)
			}
			if strings.Contains(c.sent, "HTTP/1.0") {
				conn.wantClosed()
			} else if r := conn.send("GET /livez HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n").receive("GET"); r.StatusCode != 200 || !r.Close {
				t.Errorf("the next request of the connection: %d, closes %v", r.StatusCode, r.Close)
			}
		})
	}
}

func TestMethodsThatAreNotAllowedAreNamedWithThoseThatAre(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ method, target, allow string }{
		{"PATCH", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"TRACE", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"OPTIONS", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"BREW", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"get", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"POST", "/kv/b/k", "GET, HEAD, PUT, DELETE"},
		{"GET", "/kv/b", "POST"},
		{"PUT", "/livez", "GET, HEAD"},
		{"CONNECT", "elsewhere:80", "GET, HEAD, PUT, POST, DELETE"},
		{"OPTIONS", "*", "GET, HEAD, PUT, POST, DELETE"},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			r := dial(t, w.data).send(c.method + " " + c.target + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").receive("GET")
			wantProblem(t, 405, "method-not-allowed", r)
			if got := r.Header.Get("Allow"); got != c.allow {
				t.Errorf("Allow: %q, want %q", got, c.allow)
			}
		})
	}
}

func TestATLSClientIsToldInPlainText(t *testing.T) {
	w := start(t, nil)
	_, err := tls.Dial("tcp", w.data, &tls.Config{InsecureSkipVerify: true})
	if err == nil || !strings.Contains(err.Error(), "first record does not look like a TLS handshake") {
		t.Errorf("the TLS client says: %v", err)
	}
}

func TestTenThousandPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	const requests = 10_000
	w := start(t, nil)
	conn := dial(t, w.data)
	go func() {
		for i := range requests {
			v := fmt.Sprint(i)
			conn.send(fmt.Sprintf("PUT /kv/b/%d?return=object HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", i, len(v), v))
		}
	}()
	for i := range requests {
		r := conn.receive("PUT")
		if want := fmt.Sprintf(`"value":"%d"`, i); r.StatusCode != 200 || !strings.Contains(string(r.body), want) {
			t.Fatalf("answer %d: %d %s", i, r.StatusCode, r.body)
		}
	}
}

func TestBytesOfARefusedBodyAreNeverTakenForARequest(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.RequestsMax = 1 })
	hidden := "PUT /kv/b/smuggled HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv"
	for _, c := range []struct{ name, head string }{
		{"a bad parameter", "PUT /kv/b/k?W=3 HTTP/1.1\r\nHost: h\r\n"},
		{"a path that leads nowhere", "PUT /nowhere HTTP/1.1\r\nHost: h\r\n"},
		{"a method that is not allowed", "PATCH /kv/b/k HTTP/1.1\r\nHost: h\r\n"},
		{"a get with a body", "GET /kv/b/k HTTP/1.1\r\nHost: h\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, framed := range []string{
				fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(hidden), hidden),
				fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden),
			} {
				conn := dial(t, w.data).send(c.head + framed)
				if r := conn.receive("PUT"); r.StatusCode < 400 {
					t.Errorf("status %d", r.StatusCode)
				}
				conn.send("GET /kv/b/smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				_, _ = io.ReadAll(conn.in) // until the server has closed: then all is done that ever will be
			}
		})
	}
	w.wantProblem(404, "not-found", w.do("GET", "/kv/b/smuggled", ""))
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}
