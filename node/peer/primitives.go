package peer

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendBytes(dst, p []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(p))), p...)
}

// appendCount writes a number that is never below zero. One that is cannot be read back: the decoder takes
// it for one that is far too large.
func appendCount(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

func appendID(dst []byte, id ring.NodeID) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(id))
}

func appendIDs(dst []byte, ids []ring.NodeID) []byte {
	dst = appendCount(dst, len(ids))
	for _, id := range ids {
		dst = appendID(dst, id)
	}
	return dst
}

func appendFlags(dst []byte, bits ...bool) []byte {
	var b byte
	for i, set := range bits {
		if set {
			b |= 1 << i
		}
	}
	return append(dst, b)
}

type flags byte

func (f flags) has(bit int) bool { return f>>bit&1 == 1 }

// decoder reads from the front of rest. The first fault stays in err and empties rest, after which all reads
// give zero: callers need not look at each step.
type decoder struct {
	rest []byte
	size int // of the whole input: with what is left it says where a fault lies
	err  error
}

// newDecoder starts behind the version byte.
func newDecoder(b []byte) decoder {
	d := decoder{rest: b, size: len(b)}
	if v := d.byte(); d.err == nil && v != codecVersion {
		d.fail("encoding version %d, and this program reads %d", v, codecVersion)
	}
	return d
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		at := d.size - len(d.rest)
		d.err = fmt.Errorf("%w: %s, before byte %d of %d", node.ErrMalformed, fmt.Sprintf(format, args...), at, d.size)
		d.rest = nil
	}
}

// end is the first fault; what is left over is one.
func (d *decoder) end() error {
	if len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	return d.err
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// take gives n bytes of the input itself, or nil where there are fewer.
func (d *decoder) take(n int) []byte {
	if len(d.rest) < n {
		d.fail("truncated")
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// flags reads a byte of which only so many bits may be set.
func (d *decoder) flags(bits int) flags {
	b := d.byte()
	if b>>bits != 0 {
		d.fail("unknown flags %02x", b)
		return 0
	}
	return flags(b)
}

// uvarint reads a number in its shortest form.
func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.rest)
	if n <= 0 || n > 1 && d.rest[n-1] == 0 {
		d.fail("no number, or not in its shortest form")
		return 0
	}
	d.rest = d.rest[n:]
	return x
}

func (d *decoder) varint() int64 {
	x := d.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// number reads a number from 0 to limit.
func (d *decoder) number(what string, limit int) int {
	n := d.uvarint()
	if n > uint64(limit) {
		d.fail("%s: %d is more than %d", what, n, limit)
		return 0
	}
	return int(n)
}

// length reads how many things follow, of at least size bytes each: a lie about it costs no memory.
func (d *decoder) length(what string, size int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail("%d %s in %d bytes", n, what, len(d.rest))
		return 0
	}
	return int(n)
}

// string copies.
func (d *decoder) string() string { return string(d.take(d.length("bytes", 1))) }

// bytes copies; of no bytes it makes nil.
func (d *decoder) bytes() []byte {
	n := d.length("bytes", 1)
	if n == 0 {
		return nil
	}
	return append(make([]byte, 0, n), d.take(n)...)
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) id() ring.NodeID { return ring.NodeID(d.uint64()) }

// ids reads a list of nodes; of none it makes nil.
func (d *decoder) ids() []ring.NodeID {
	n := d.length("node ids", 8)
	if n == 0 {
		return nil
	}
	out := make([]ring.NodeID, n)
	for i := range out {
		if out[i] = d.id(); out[i] == 0 {
			d.fail("a node id of zero")
		}
	}
	return out
}

// small bounds the counts of things that are few: replicas, partitions, siblings.
const small = math.MaxInt32
