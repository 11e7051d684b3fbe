package strict

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"
)

// awaitHead waits for a request's first byte, and refuses at once what cannot become one.
func (c *Conn) awaitHead() error {
	now := time.Now()
	if c.at == c.end && c.started {
		if err := c.conn.SetReadDeadline(now.Add(c.limits.IdleTimeout)); err != nil {
			return err
		}
		if err := c.fill(); err != nil {
			return err
		}
		now = time.Now()
	}
	if err := c.conn.SetReadDeadline(now.Add(c.limits.HeadTimeout)); err != nil {
		return err
	}
	if c.at == c.end {
		if err := c.fill(); err != nil {
			return err
		}
	}
	switch first := c.buffer[c.at]; {
	case first == 0x16:
		return malformed("this looks like the start of TLS, and this listener speaks plain HTTP/1.1")
	case first != '\r' && first != '\n' && !isToken(c.buffer[c.at:c.at+1]):
		return malformed("this is no HTTP/1.1")
	}
	return nil
}

var errLineTooLong = errors.New("strict: line too long")

// line gives the next line without its line end, which must be CR LF. The line is good until the next call.
// A line that, with its end, is longer than max bytes is errLineTooLong.
func (c *Conn) line(max int) ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(c.buffer[c.at+seen:c.end], '\n'); i >= 0 {
			line := c.buffer[c.at : c.at+seen+i]
			if len(line)+1 > max {
				return nil, errLineTooLong
			}
			c.at += len(line) + 1
			if len(line) == 0 || line[len(line)-1] != '\r' {
				return nil, malformed("a line ends with LF alone: CR LF is wanted")
			}
			return line[:len(line)-1], nil
		}
		if seen = c.end - c.at; seen >= max {
			return nil, errLineTooLong
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// fill waits for more input and keeps it behind what is yet to be used.
func (c *Conn) fill() error {
	switch {
	case c.at == c.end:
		c.at, c.end = 0, 0
		if len(c.buffer) != bufferBytes {
			c.buffer = make([]byte, bufferBytes) // the first, or back from one that grew
		}
	case c.end == len(c.buffer) && c.at > 0:
		c.end = copy(c.buffer, c.buffer[c.at:c.end])
		c.at = 0
	case c.end == len(c.buffer):
		c.buffer = append(c.buffer, make([]byte, len(c.buffer))...)
	}
	n, err := c.conn.Read(c.buffer[c.end:])
	c.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
