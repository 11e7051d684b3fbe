package httpapi

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kindreddb/kindred/httpapi/strict"
	"github.com/kindreddb/kindred/node"
	"github.com/valyala/fasthttp"
)

// handle is fasthttp's handler: one request, from its head to its response.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	conn := ctx.Conn().(*servedConn)
	x := &exchange{server: s, ctx: ctx, conn: conn.Conn, method: string(ctx.Method())}
	began := time.Now()
	op := s.dispatch(x, conn.on)
	conn.reserved = x.reserved
	x.leaveSeat()
	s.metrics.observe(op, ctx.Response.StatusCode(), time.Since(began))
	// A body that was not read to its end leaves bytes that must never be taken for a request.
	if s.draining.Load() || !conn.Body().Settle() {
		ctx.SetConnectionClose()
	}
}

// dispatch finds the handler and runs it; whatever goes wrong becomes a problem here and nowhere else. It
// returns the operation's name.
func (s *Server) dispatch(x *exchange, on listener) (op string) {
	op = "none"
	r, m, err := s.find(x, on)
	if m != nil {
		op, x.writes = m.op, m.writes
	}
	if err == nil {
		err = s.run(x, r, m)
	}
	if err != nil {
		s.fail(x, err)
	}
	return op
}

// find resolves the request's target to a route and a method.
func (s *Server) find(x *exchange, on listener) (*route, *method, error) {
	var isPath bool
	x.authority, x.path, x.query, isPath = splitTarget(x.conn.Target())
	if x.authority == "" {
		x.authority = x.header("Host")
	}
	if !isPath {
		return nil, nil, errNoTarget(x)
	}
	x.instance = sanitize(x.path)
	r, rest := findRoute(on, x.path)
	if r == nil {
		return nil, nil, errNoRoute()
	}
	x.rest = rest
	m, err := r.findMethod(x.method)
	if err != nil {
		x.set("Allow", r.allow())
		return r, nil, err
	}
	if on == admin {
		if err := s.checkHost(x); err != nil {
			return r, m, err
		}
	}
	if m.writes {
		if err := checkOrigin(x); err != nil {
			return r, m, err
		}
	}
	return r, m, nil
}

// errNoTarget is the answer to "OPTIONS *", CONNECT, and targets that are nothing at all.
func errNoTarget(x *exchange) error {
	if x.method == "CONNECT" || x.conn.Target() == "*" {
		x.set("Allow", "GET, HEAD, PUT, POST, DELETE")
		return refusal(codeMethodNotAllowed, "this is neither a proxy nor does it have options")
	}
	return refusal(codeBadRequest, "the request target is neither a path nor an absolute URL")
}

// run calls the handler, with one of the seats where the route needs one.
func (s *Server) run(x *exchange, r *route, m *method) (err error) {
	if s.draining.Load() && !r.always {
		return errDraining()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := checkBody(x, m); err != nil {
		return err
	}
	if !r.always {
		if err := x.takeSeat(m.body); err != nil {
			return err
		}
	}
	return m.handler(s, x)
}

// checkBody refuses a body where none is taken, and one without a length where one is.
func checkBody(x *exchange, m *method) error {
	body := x.conn.Body()
	switch {
	case m.body && !body.Declared():
		x.response().SetConnectionClose() // what follows may be the body all the same
		return refusal(codeLengthRequired, "a %s needs a Content-Length, or Transfer-Encoding: chunked", x.method)
	case m.body || body.Length() == 0:
		return nil
	case body.Length() < 0: // chunked: it may still be empty
		if _, err := body.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			return nil
		}
	}
	return refusal(codeBadRequest, "a %s takes no body", x.method)
}

// fail turns an error into the response. It is the one place that does.
func (s *Server) fail(x *exchange, err error) {
	err = bodyProblem(err)
	p := toProblem(err, x.writes, x.instance)
	s.metrics.problems.add(p.Code)
	var e *node.Error
	if !errors.As(err, &e) || e.Code == node.CodeInternal {
		s.logLimited(&s.failures, slog.LevelError, "a request failed for a reason of our own", "method", x.method, "path", x.instance, "error", err)
	}
	if p.Code != string(codeNotFound) {
		// Who is shown nothing has seen nothing: with a context or a tag he would overwrite what he does not know.
		h := &x.response().Header
		h.DisableNormalizing() // ETag is not spelt as the parser would
		h.Del("Causal-Context")
		h.Del("ETag")
		h.Del("Last-Modified")
		h.EnableNormalizing()
	}
	writeProblem(x.response(), p)
}

// bodyProblem gives the codes of failures to read a body.
func bodyProblem(err error) error {
	switch {
	case errors.Is(err, strict.ErrBodyTimeout):
		return refusal(codeBodyTimeout, "%v; nothing was stored", err)
	case errors.Is(err, strict.ErrBodyCut), errors.Is(err, strict.ErrBodyFraming):
		return refusal(codeBadRequest, "%v; nothing was stored", err)
	}
	return err
}

// sanitize makes a raw path fit to be shown: bytes that a URL cannot hold are percent-encoded.
func sanitize(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		if c >= 0x7f || strings.IndexByte(`"<>\^{|}`+"`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
