package gossip

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed is what the errors of all decoders wrap: bytes that this package did not write.
var ErrMalformed = errors.New("gossip: malformed")

// reader takes an encoding apart. After the first fault it reads zeros only, so that the caller looks once.
type reader struct {
	rest  []byte
	fault string
}

func (r *reader) fail(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}

// done gives the first fault, or refuses what is left over.
func (r *reader) done(what string) error {
	if len(r.rest) > 0 {
		r.fail("%d bytes are left over", len(r.rest))
	}
	if r.fault != "" {
		return fmt.Errorf("%w %s: %s", ErrMalformed, what, r.fault)
	}
	return nil
}

// uint reads a varint up to high, in its shortest form only: nothing has two encodings.
func (r *reader) uint(what string, high uint64) uint64 {
	v, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.fail("%s is no number", what)
	} else if v > high {
		r.fail("%s is %d: %d is the most", what, v, high)
	}
	if r.fault != "" {
		return 0
	}
	r.rest = r.rest[size:]
	return v
}

// int reads a signed varint between low and high.
func (r *reader) int(what string, low, high int64) int64 {
	zigzag := r.uint(what, 1<<64-1)
	v := int64(zigzag>>1) ^ -int64(zigzag&1)
	if v < low || v > high {
		r.fail("%s is %d: %d to %d is possible", what, v, low, high)
		return 0
	}
	return v
}

// take reads that many bytes, which stay the input's.
func (r *reader) take(what string, size int) []byte {
	if len(r.rest) < size {
		r.fail("%s is cut short", what)
	}
	if r.fault != "" {
		return make([]byte, min(size, 32)) // enough for every fixed size
	}
	taken := r.rest[:size]
	r.rest = r.rest[size:]
	return taken
}

func (r *reader) byte(what string) byte { return r.take(what, 1)[0] }

func (r *reader) bool(what string) bool {
	b := r.byte(what)
	if b > 1 {
		r.fail("%s is %d, and no truth", what, b)
	}
	return b == 1
}

func (r *reader) uint64(what string) uint64 { return binary.BigEndian.Uint64(r.take(what, 8)) }

// string reads a length up to high and that many bytes.
func (r *reader) string(what string, high int) string {
	return string(r.take(what, int(r.uint("length of "+what, uint64(high)))))
}

// bytes is string for bytes, which stay the input's.
func (r *reader) bytes(what string, high int) []byte {
	return r.take(what, int(r.uint("length of "+what, uint64(high))))
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
