package storage

import "encoding/binary"

// reader reads from the front of rest. After the first fault all reads give zero, and failed stays set.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if r.failed || n < 0 || n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// uvarint reads a number in its shortest form.
func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count reads a number of things that take at least so many bytes each.
func (r *reader) count(bytesMin int) int {
	n := r.uvarint()
	if n > uint64(len(r.rest)/bytesMin) {
		r.failed, r.rest = true, nil
		return 0
	}
	return int(n)
}

// bytes reads a length and as many bytes, which share the input's memory.
func (r *reader) bytes() []byte { return r.take(r.count(1)) }
