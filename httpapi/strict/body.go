package strict

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
)

// Body reads the body of a connection's present request. Nothing is read, and no 100 Continue is sent,
// before somebody asks.
type Body struct {
	conn      *Conn
	length    int64 // declared; -1 when chunked
	left      int64 // of the body, or of the present chunk
	ended     bool  // read to its end
	continues bool  // 100 Continue is to be sent first
	step      int   // bytes since the deadline was set
	err       error
}

func (b *Body) begin(h *head) {
	*b = Body{conn: b.conn, length: max(h.length, 0), continues: h.expects100}
	b.left = b.length
	if h.chunked {
		b.length, b.left = -1, 0
	}
	b.ended = b.length == 0
}

// Length is the declared number of bytes, or -1 where the request is chunked and none is declared. It is 0
// for a request without a body.
func (b *Body) Length() int64 { return b.length }

// Declared says whether the request said anything about a body, if only that it has 0 bytes.
func (b *Body) Declared() bool {
	h := &b.conn.head
	return h.chunked || h.length >= 0
}

// Ended says whether the body was read to its end, so that the next request may follow on the connection.
func (b *Body) Ended() bool { return b.ended }

// Read reads the body. It ends with io.EOF at the body's end; other errors are ErrBodyTimeout, ErrBodyCut
// and ErrBodyFraming, and stay.
func (b *Body) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	n, err := b.read(p)
	switch {
	case b.ended:
		err = io.EOF
	case err == nil:
	case isTimeout(err):
		err = ErrBodyTimeout
	case err == errLineTooLong, isFault(err):
		err = ErrBodyFraming
	default:
		err = ErrBodyCut
	}
	if err != io.EOF {
		b.err = err
	}
	if n > 0 {
		return n, nil // the error, if any, comes with the next call
	}
	return 0, err
}

func isFault(err error) bool {
	_, is := err.(*Fault)
	return is || err == ErrBodyFraming
}

func (b *Body) read(p []byte) (int, error) {
	if err := b.arm(); err != nil {
		return 0, err
	}
	if b.length < 0 && b.left == 0 {
		if err := b.nextChunk(); err != nil || b.ended {
			return 0, err
		}
	}
	n, err := b.take(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.step += n
	if err == nil && b.left == 0 {
		err = b.closeChunk()
	}
	return n, err
}

// arm sends the 100 Continue that is due and sets the deadline of the next step.
func (b *Body) arm() error {
	if b.continues {
		b.continues = false
		if b.conn.at == b.conn.end { // who has begun to send does not wait for it
			if _, err := b.conn.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
				return err
			}
		}
		b.step = 0
	}
	if b.step > 0 && b.step < b.conn.limits.StepBytes {
		return nil
	}
	b.step = 1
	return b.conn.conn.SetReadDeadline(time.Now().Add(b.conn.limits.StepTimeout))
}

// take gives bytes that are at hand, or waits for some.
func (b *Body) take(p []byte) (int, error) {
	c := b.conn
	n := copy(p, c.buffer[c.at:c.end])
	c.at += n
	if n > 0 {
		return n, nil
	}
	n, err := c.conn.Read(p)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

// nextChunk reads the line before a chunk; behind the last chunk it reads the trailers, which nobody wants.
func (b *Body) nextChunk() error {
	line, err := b.conn.line(chunkLineBytesMax)
	if err != nil {
		return err
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	digits := strings.TrimRight(string(size), " \t")
	n, err := strconv.ParseUint(digits, 16, 62)
	if err != nil {
		return ErrBodyFraming
	}
	if n > 0 {
		b.left = int64(n)
		return nil
	}
	for left := trailerBytesMax; ; {
		line, err := b.conn.line(left)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			b.ended = true
			return nil
		}
		if _, _, fault := splitField(line); fault != nil {
			return fault
		}
		left -= len(line) + len("\r\n")
	}
}

// closeChunk reads the line end behind a chunk. A body of a declared length simply ends.
func (b *Body) closeChunk() error {
	if b.length >= 0 {
		b.ended = true
		return nil
	}
	line, err := b.conn.line(chunkLineBytesMax)
	if err == nil && len(line) > 0 {
		err = ErrBodyFraming
	}
	return err
}

// Settle throws away the rest of the body as far as it is already at hand, and says whether that was all of
// it. It never waits.
func (b *Body) Settle() bool {
	c := b.conn
	if !b.ended && b.length >= 0 && b.left <= int64(c.end-c.at) {
		c.at += int(b.left)
		b.left, b.ended = 0, true
	}
	return b.ended
}
