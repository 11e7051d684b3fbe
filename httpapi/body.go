package httpapi

import (
	"errors"
	"io"

	"github.com/kindreddb/kindred/node"
)

// bodyStep is the memory that a body gets before any of it has come.
const bodyStep = 64 << 10

// readBody takes in the body of at most max bytes. Memory grows with what has really arrived, and is charged
// to the server's budget: a length that was declared and never sent costs next to nothing. A body that is
// declared too long is refused before any of it is read, and before any 100 Continue. The result is the
// caller's own; the exchange has a seat from then on.
func (x *exchange) readBody(max int, what string) ([]byte, error) {
	body := x.conn.Body()
	tooLarge := refusal(node.CodeValueTooLarge, "the %s is larger than is allowed here, which is %s", what, plural(max, "byte"))
	if body.Length() > int64(max) {
		return nil, tooLarge
	}
	expected := int(body.Length())
	if expected < 0 {
		expected = max
	}
	size := min(expected, bodyStep)
	if err := x.reserve(int64(size)); err != nil {
		return nil, err
	}
	buf := make([]byte, 0, size)
	for {
		if len(buf) == cap(buf) && len(buf) < expected {
			grown := min(2*cap(buf), expected)
			if err := x.reserve(int64(grown - cap(buf))); err != nil {
				return nil, err
			}
			buf = append(make([]byte, 0, grown), buf...)
		}
		into := buf[len(buf):cap(buf)]
		full := len(into) == 0
		if full {
			into = make([]byte, 1) // the end must be seen, and that nothing stands before it
		}
		n, err := body.Read(into)
		if full && n > 0 {
			return nil, tooLarge
		}
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, x.takeSeat(false)
		}
		if err != nil {
			return nil, err
		}
	}
}
