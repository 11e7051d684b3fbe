package strict

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Conn is a net.Conn for a server that parses HTTP/1.1. Read gives it one checked head at a time; the body
// of the present request is read from Body. Deadlines set from outside are ignored: the Limits hold.
//
// Read, Write and Body belong to the goroutine that serves the connection; Abort and Busy may be called from
// anywhere.
type Conn struct {
	conn   net.Conn
	limits *Limits
	// refuse gives the whole answer to a head that was refused.
	refuse func(*Fault) []byte
	// busy is told when a request begins and when its answer is out.
	busy func(bool)

	buffer  []byte // of input; input[at:end] is yet to be used
	at, end int

	head    head
	given   int // bytes of head.out that were handed on
	body    Body
	started bool // the first head is through
	working bool // between the end of a head and the wait for the next one
	doomed  bool // a fault was answered, or the input has ended
	aborted atomic.Bool
}

// NewConn guards conn, and owns it from now on. limits must not change any more. refuse gives the answer,
// status line and all, to a head that is refused; busy, which may be nil, is told when a request's head has
// come in whole (true) and when its answer has been written (false).
func NewConn(conn net.Conn, limits *Limits, refuse func(*Fault) []byte, busy func(bool)) *Conn {
	if busy == nil {
		busy = func(bool) {}
	}
	c := &Conn{conn: conn, limits: limits, refuse: refuse, busy: busy}
	c.body.conn, c.body.ended = c, true
	return c
}

// Target is the raw request target of the present request, as it came.
func (c *Conn) Target() string { return c.head.target }

// Body is that of the present request.
func (c *Conn) Body() *Body { return &c.body }

// Read gives bytes of heads: never of two requests at once, and never of a body. It ends with io.EOF when
// the client has closed, was too slow, or sent what was refused.
func (c *Conn) Read(p []byte) (int, error) {
	if c.given == len(c.head.out) {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.head.out[c.given:])
	c.given += n
	return n, nil
}

// next takes in the next head.
func (c *Conn) next() error {
	c.idle()
	if c.doomed || !c.body.ended {
		c.doomed = true
		return io.EOF
	}
	c.head.begin(c.limits)
	c.given = 0
	err := c.readHead()
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		fault.Method = c.head.method
		c.doomed = true
		c.head.out = c.head.out[:0]
		_, _ = c.Write(c.refuse(fault)) // the client may be gone: there is nobody to tell
		return io.EOF
	case err != nil:
		c.doomed = true
		c.head.out = c.head.out[:0]
		return io.EOF
	}
	c.started, c.working = true, true
	c.body.begin(&c.head)
	c.busy(true)
	return nil
}

// idle notes that the answer of the last request is out.
func (c *Conn) idle() {
	if c.working {
		c.working = false
		c.busy(false)
	}
}

func (c *Conn) readHead() error {
	if err := c.awaitHead(); err != nil {
		return err
	}
	line, err := c.line(c.limits.LineBytesMax)
	if err == nil && len(line) == 0 {
		// One empty line before a request is what some clients leave behind a body (RFC 9112, 2.2).
		line, err = c.line(c.limits.LineBytesMax)
	}
	if errors.Is(err, errLineTooLong) {
		return &Fault{Kind: LineTooLong, Detail: "the request line is too long"}
	}
	if err != nil {
		return err
	}
	if fault := c.head.requestLine(line); fault != nil {
		return fault
	}
	for left := c.limits.BlockBytesMax; ; {
		line, err := c.line(left)
		if errors.Is(err, errLineTooLong) {
			return &Fault{Kind: FieldsTooLarge, Detail: "the header block is too large"}
		}
		if err != nil {
			return err
		}
		left -= len(line) + len("\r\n")
		fault := (*Fault)(nil)
		if len(line) == 0 {
			if fault = c.head.end(); fault == nil {
				return nil
			}
		} else {
			fault = c.head.field(line)
		}
		if fault != nil {
			return fault
		}
	}
}

// Write sends an answer, in steps that must each be taken in time.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		if err := c.conn.SetWriteDeadline(time.Now().Add(c.limits.StepTimeout)); err != nil {
			return sent, err
		}
		n, err := c.conn.Write(p[sent:min(len(p), sent+c.limits.StepBytes)])
		sent += n
		if err != nil {
			c.doomed = true
			return sent, err
		}
	}
	return sent, nil
}

// Close ends the connection. Where the client may still be sending, it lingers, so that the last answer is
// read.
func (c *Conn) Close() error {
	c.idle()
	if c.doomed || !c.body.ended || c.at < c.end {
		c.linger()
	}
	return c.conn.Close()
}

func (c *Conn) linger() {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || c.aborted.Load() || half.CloseWrite() != nil {
		return
	}
	if c.conn.SetReadDeadline(time.Now().Add(c.limits.LingerTimeout)) == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(c.conn, lingerBytesMax)) // whatever ends it, the end is the same
	}
}

// Doom says that no further request is to be read: Close then lingers.
func (c *Conn) Doom() { c.doomed = true }

// Abort ends the connection at once, whatever is under way on it.
func (c *Conn) Abort() {
	c.aborted.Store(true)
	_ = c.conn.Close() // it is gone either way
}

// LocalAddr is the address that the client reached.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr is the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// SetDeadline does nothing: the Limits hold.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: the Limits hold.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the Limits hold.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
