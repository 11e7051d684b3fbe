package peer

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// script is a connection whose other side says what was written down before, and that takes a given number
// of bytes before it breaks.
type script struct {
	net.Conn
	reads   *bytes.Reader
	written []byte
	takes   int // 0: all
}

var errBroken = errors.New("broken on purpose")

func (s *script) Read(p []byte) (int, error) { return s.reads.Read(p) }

func (s *script) Write(p []byte) (int, error) {
	n := len(p)
	if s.takes > 0 && len(s.written)+n > s.takes {
		n = s.takes - len(s.written)
	}
	s.written = append(s.written, p[:n]...)
	if n < len(p) {
		return n, errBroken
	}
	return n, nil
}

func (s *script) Close() error                     { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
