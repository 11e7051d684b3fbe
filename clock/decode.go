package clock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrEncoding is wrapped by every error of a decoder: the bytes are not what the encoders write. They are
// damaged, or a newer program wrote them; take the value from another replica.
var ErrEncoding = errors.New("clock: not a valid encoding")

// The least bytes that anything takes: what bounds allocation by the length of the input.
const (
	runBytesMin     = 1 + 1
	entryBytesMin   = 8 + 1 + runBytesMin
	versionBytesMin = 1 + 8 + 1 + 1 + 16 + 8 + 8 + 1
)

// DecodeClock reads one clock off the front of b and returns what follows it, which shares b's memory; the
// clock does not. The error wraps ErrEncoding, with where and why; it never panics, whatever the bytes.
func DecodeClock(b []byte) (c Clock, rest []byte, err error) {
	d := newDecoder(b)
	c = d.body()
	if d.err != nil {
		return Clock{}, nil, d.err
	}
	return c, d.rest, nil
}

// DecodeVersion reads one version off the front of b; rest and err are as in DecodeClock.
func DecodeVersion(b []byte) (v Version, rest []byte, err error) {
	d := newDecoder(b)
	v = d.record()
	if d.err != nil {
		return Version{}, nil, d.err
	}
	return v, d.rest, nil
}

// DecodeSet reads one set off the front of b; rest and err are as in DecodeClock.
func DecodeSet(b []byte) (s Set, rest []byte, err error) {
	d := newDecoder(b)
	s = d.set()
	if d.err != nil {
		return nil, nil, d.err
	}
	return s, d.rest, nil
}

// decoder reads from the front of rest. The first fault stays in err and empties rest, after which all
// reads give zero.
type decoder struct {
	rest []byte
	size int // of the whole input: what is left of it says where a fault lies
	err  error
}

// newDecoder starts behind the version byte.
func newDecoder(b []byte) *decoder {
	d := &decoder{rest: b, size: len(b)}
	if v := d.byte(); d.err == nil && v != encodingVersion {
		d.fail("version %d, and this program reads %d", v, encodingVersion)
	}
	return d
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		at := d.size - len(d.rest)
		d.err = fmt.Errorf("%w: %s, before byte %d of %d", ErrEncoding, fmt.Sprintf(format, args...), at, d.size)
		d.rest = nil
	}
}

func (d *decoder) set() Set {
	n := d.count("versions", math.MaxInt, versionBytesMin)
	var s Set
	for range n {
		v := d.record()
		if len(s) > 0 && d.err == nil && s[len(s)-1].Compare(v) >= 0 {
			d.fail("versions out of order")
		}
		if d.err != nil {
			return nil
		}
		s = append(s, v)
	}
	if len(s.standing()) < len(s) {
		d.fail("a version in the past of another")
	}
	return s
}

func (d *decoder) record() Version {
	flags := d.byte()
	if flags&^flagTombstone != 0 {
		d.fail("unknown flags %02x", flags)
	}
	v := Version{Tombstone: flags&flagTombstone != 0}
	v.Dot.Actor = Actor(d.uint64())
	run := d.run(0)
	v.After, v.Dot.Counter = run.After, run.Upto
	copy(v.Content[:], d.take(len(v.Content)))
	v.Coordinator = d.uint64()
	v.Wall = int64(d.uint64())
	v.Past = d.body()
	if fault := v.fault(); fault != "" {
		d.fail("%s", fault)
	}
	return v
}

func (d *decoder) body() Clock {
	n := d.count("actors", ActorsMax, entryBytesMin)
	if n == 0 {
		return Clock{}
	}
	entries, runs, last := make([]entry, 0, n), 0, Actor(0)
	for range n {
		e := entry{actor: Actor(d.uint64())}
		if e.actor <= last {
			d.fail("actors out of order")
		}
		last = e.actor
		e.runs = d.runs(RunsMax - runs)
		if d.err != nil {
			return Clock{}
		}
		runs += len(e.runs)
		entries = append(entries, e)
	}
	return Clock{entries}
}

func (d *decoder) runs(limit int) []Run {
	n := d.count("runs", limit, runBytesMin)
	if n == 0 {
		d.fail("an actor without runs")
		return nil
	}
	runs, next := make([]Run, n), uint64(0)
	for i := range runs {
		if i > 0 && next == 0 {
			d.fail("a run behind the last number")
		}
		runs[i] = d.run(next)
		next = runs[i].Upto + 1
	}
	return runs
}

// run reads a run whose After is counted from next.
func (d *decoder) run(next uint64) Run {
	gap, length := d.uvarint(), d.uvarint()
	if gap > math.MaxUint64-next || length >= math.MaxUint64-next-gap {
		d.fail("a run that passes the last number")
		return Run{}
	}
	return Run{After: next + gap, Upto: next + gap + length + 1}
}

// count reads how many things follow, of at least size bytes each.
func (d *decoder) count(what string, limit, size int) int {
	n := d.uvarint()
	switch {
	case n > uint64(limit):
		d.fail("%d %s, and %d are allowed", n, what, limit)
	case n > uint64(len(d.rest)/size):
		d.fail("%d %s in %d bytes", n, what, len(d.rest))
	default:
		return int(n)
	}
	return 0
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

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// take reads n bytes, or gives nil where there are fewer.
func (d *decoder) take(n int) []byte {
	if len(d.rest) < n {
		d.fail("truncated")
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}
