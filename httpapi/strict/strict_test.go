package strict_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/strict"
)

// script is a connection whose client has said everything beforehand, in pieces of some bytes, and gone.
type script struct {
	in    *strings.Reader
	piece int
	out   bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.in.Read(p[:min(len(p), s.piece)]) }
func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return nil }
func (s *script) RemoteAddr() net.Addr             { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// seen is one request as a Conn gave it out.
type seen struct {
	head, target string
	body         []byte
	err          error // of the body
}

// serve lets a Conn read all requests of an input; refused is the fault that ended them, if one did.
func serve(input string, piece int) (requests []seen, refused *strict.Fault) {
	limits := &strict.Limits{}
	limits.SetDefaults()
	c := strict.NewConn(&script{in: strings.NewReader(input), piece: piece}, limits, func(f *strict.Fault) []byte {
		refused = f
		return nil
	}, nil)
	buf := make([]byte, limits.HeadBytesMax())
	for {
		var head []byte
		for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			n, err := c.Read(buf)
			if err != nil {
				return requests, refused
			}
			head = append(head, buf[:n]...)
		}
		r := seen{head: string(head), target: c.Target()}
		r.body, r.err = io.ReadAll(c.Body())
		requests = append(requests, r)
	}
}

func TestRequestsAreGivenOutOneAtATime(t *testing.T) {
	input := "GET /a HTTP/1.1\r\nHost: h\r\n\r\n" +
		"PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nX: y\r\n\r\nbody" +
		"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\nExpect: 100-continue\r\n\r\n2\r\nbo\r\n2;x\r\ndy\r\n0\r\nT: u\r\n\r\n" +
		"\r\nDELETE /d HTTP/1.0\r\n\r\n"
	want := []seen{
		{"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "/a", []byte{}, nil},
		{"PUT /b HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n", "/b", []byte("body"), nil},
		{"PUT /c HTTP/1.1\r\nHost: h\r\n\r\n", "/c", []byte("body"), nil},
		{"DELETE /d HTTP/1.0\r\n\r\n", "/d", []byte{}, nil},
	}
	for _, piece := range []int{1, 2, 3, 7, 64, 1 << 20} {
		got, refused := serve(input, piece)
		if refused != nil || len(got) != len(want) {
			t.Fatalf("in pieces of %d bytes: %d requests, fault %v", piece, len(got), refused)
		}
		for i := range want {
			if got[i].head != want[i].head || got[i].target != want[i].target || !bytes.Equal(got[i].body, want[i].body) || got[i].err != nil {
				t.Errorf("in pieces of %d bytes: request %d is %+v, want %+v", piece, i, got[i], want[i])
			}
		}
	}
}

func TestNothingIsReadBehindABodyThatWasLeft(t *testing.T) {
	limits := &strict.Limits{}
	limits.SetDefaults()
	busy := 0
	c := strict.NewConn(&script{in: strings.NewReader("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n"), piece: 1 << 20},
		limits, func(*strict.Fault) []byte { return nil }, func(began bool) {
			if began {
				busy++
			} else {
				busy--
			}
		})
	buf := make([]byte, 1<<10)
	if n, err := c.Read(buf); err != nil || busy != 1 {
		t.Fatalf("%d %v, busy %d", n, err, busy)
	}
	if c.Body().Settle() || c.Body().Ended() {
		t.Error("a body that is not whole was settled")
	}
	if n, err := c.Read(buf); err != io.EOF || n != 0 || busy != 0 {
		t.Errorf("behind the body came %q, %v; busy %d", buf[:n], err, busy)
	}
}

func TestABodyThatIsAtHandIsSettledWithoutWaiting(t *testing.T) {
	limits := &strict.Limits{}
	limits.SetDefaults()
	c := strict.NewConn(&script{in: strings.NewReader("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbodyGET /b HTTP/1.1\r\nHost: h\r\n\r\n"), piece: 1 << 20},
		limits, func(*strict.Fault) []byte { return nil }, nil)
	buf := make([]byte, 1<<10)
	if _, err := c.Read(buf); err != nil || !c.Body().Settle() {
		t.Fatalf("the body was not settled, %v", err)
	}
	if n, err := c.Read(buf); err != nil || c.Target() != "/b" {
		t.Errorf("behind it came %q, %v", buf[:n], err)
	}
}

func TestErrorsOfABodyStay(t *testing.T) {
	for input, want := range map[string]error{
		"Content-Length: 5\r\n\r\nbody":                       strict.ErrBodyCut,
		"Transfer-Encoding: chunked\r\n\r\n4\r\nbody":         strict.ErrBodyCut,
		"Transfer-Encoding: chunked\r\n\r\n4\r\nbodies\r\n0":  strict.ErrBodyFraming,
		"Transfer-Encoding: chunked\r\n\r\nfour\r\nbody\r\n0": strict.ErrBodyFraming,
	} {
		got, _ := serve("PUT / HTTP/1.1\r\nHost: h\r\n"+input, 1<<20)
		if len(got) != 1 || !errors.Is(got[0].err, want) {
			t.Errorf("%q: %+v, want %v", input, got, want)
		}
	}
}

// FuzzBothReadersUnderstandTheSame holds what a Conn lets pass against net/http: another reader of the same
// bytes must find the same requests in them, or none. That is what keeps requests from being smuggled.
func FuzzBothReadersUnderstandTheSame(f *testing.F) {
	for _, seed := range []string{
		"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.0\r\n\r\n",
		"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.0\r\n\r\n",
		"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: close, x\r\nExpect: 100-continue\r\n\r\n",
		"\r\nOPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nX : y\r\n z\r\n\r\n",
	} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, input string, piece int) {
		requests, _ := serve(input, 1+piece&0xff)
		other := bufio.NewReader(strings.NewReader(input))
		for i, r := range requests {
			if b, err := other.Peek(2); err == nil && string(b) == "\r\n" {
				_, _ = other.Discard(2) // the empty line before a request
			}
			o, err := http.ReadRequest(other)
			if err != nil {
				return // it understands nothing, so it cannot understand anything else
			}
			method, _, _ := strings.Cut(r.head, " ")
			if o.Method != method || o.RequestURI != r.target {
				t.Fatalf("request %d is %s %s here and %s %s there", i, method, r.target, o.Method, o.RequestURI)
			}
			body, err := io.ReadAll(o.Body)
			if r.err != nil {
				return // refused here: the connection ends
			}
			if err != nil || !bytes.Equal(body, r.body) {
				t.Fatalf("the body of request %d is %q here, and %q, %v there", i, r.body, body, err)
			}
		}
	})
}
