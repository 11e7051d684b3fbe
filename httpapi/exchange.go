package httpapi

import (
	"context"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/strict"
	"github.com/kindreddb/kindred/node"
	"github.com/valyala/fasthttp"
)

// exchange is one request and the response that it is getting. It lives as long as its handler runs; nothing
// that it gives out points into the request's memory.
type exchange struct {
	server *Server
	ctx    *fasthttp.RequestCtx
	conn   *strict.Conn

	method      string
	authority   string // of a target in absolute form, else the Host field
	path, query string // raw
	rest        string // what of the path stands behind the route's prefix, raw
	writes      bool   // the request would change something
	reserved    int64  // bytes of the server's budget that are to be given back when the answer is out
	seated      bool   // one of the server's seats is to be given back
	instance    string // the path as documents name it
}

// response is what the client will get.
func (x *exchange) response() *fasthttp.Response { return &x.ctx.Response }

// header gives a request field's value, "" where it is missing; the first one where it is repeated.
func (x *exchange) header(name string) string { return string(x.ctx.Request.Header.Peek(name)) }

// headers gives all values of a repeated field.
func (x *exchange) headers(name string) []string {
	var out []string
	for _, v := range x.ctx.Request.Header.PeekAll(name) {
		out = append(out, string(v))
	}
	return out
}

// set sets a response field.
func (x *exchange) set(name, value string) { x.response().Header.Set(name, value) }

// context is what the backend gets: it ends with the server, or some time after the operation should have.
func (x *exchange) context(timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(x.server.base, timeout+backendGrace)
}

// backendGrace is what the backend gets beyond an operation's own timeout, to say what became of it.
const backendGrace = 2 * time.Second

// reserve takes bytes out of the server's budget until the answer is out.
func (x *exchange) reserve(n int64) error {
	if !x.server.bodies.take(n) {
		return refusal(node.CodeOverloaded, "the bodies under way at this node have reached their bound of %s; try again shortly", plural(int(x.server.bodies.max), "byte"))
	}
	x.reserved += n
	return nil
}

// takeSeat takes one of the server's seats until the exchange ends, or says that all are taken. A request
// whose body is yet to come only looks whether there is one: slow bodies must not keep others from theirs.
func (x *exchange) takeSeat(later bool) error {
	seats := x.server.seats
	full := refusal(node.CodeOverloaded, "this node takes no more than %s at a time; try again shortly, or at another node", plural(cap(seats), "request"))
	if later {
		if len(seats) == cap(seats) {
			return full
		}
		return nil
	}
	select {
	case seats <- struct{}{}:
		x.seated = true
		return nil
	default:
		return full
	}
}

// leaveSeat gives back the seat that the exchange had taken.
func (x *exchange) leaveSeat() {
	if x.seated {
		<-x.server.seats
		x.seated = false
	}
}

// sendDocument answers with a JSON document.
func (x *exchange) sendDocument(status int, mediaType string, v any) error {
	body, err := document.Encode(v)
	if err != nil {
		return err
	}
	x.send(status, mediaType, body)
	return nil
}

// send answers with bytes that nobody changes any more.
func (x *exchange) send(status int, mediaType string, body []byte) {
	x.response().SetStatusCode(status)
	x.response().Header.SetContentType(mediaType)
	x.response().SetBodyRaw(body)
}
