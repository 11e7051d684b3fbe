package antientropy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrDamaged is what errors wrap when bytes are not as this package writes them, or stored leaves are no tree.
var ErrDamaged = errors.New("antientropy: damaged")

// ErrVersion is what errors wrap when bytes were written by a newer program.
var ErrVersion = errors.New("antientropy: written in a version that this program does not read")

// ErrDepth is what errors wrap when a stored leaf is that of a tree of another depth: the tree is to be rebuilt.
var ErrDepth = errors.New("antientropy: a leaf of a tree of another depth")

// DecodeRequest reads what AppendRequest wrote, and refuses everything else, requests that make no sense among it
// (ErrRequest). It keeps nothing of b.
func DecodeRequest(b []byte) (Request, error) {
	d := begin(b)
	r := Request{Want: Want(d.byte("want"))}
	for range d.uint("count of spans", SpansMax) {
		level := d.byte("level")
		r.Spans = append(r.Spans, Span{level, uint32(d.uint("index", uint64(spansOf(LevelMax))))})
	}
	if r.Want == WantKeys {
		r.From = d.mark()
		r.KeysMax = int(d.uint("count of keys", KeysMax))
	}
	if err := d.end("request"); err != nil {
		return Request{}, err
	}
	if err := r.check(); err != nil {
		return Request{}, err
	}
	return r, nil
}

// DecodeAnswer reads what AppendAnswer wrote, and refuses everything else. Whether the answer fits its request is
// for Exchange to see. It keeps nothing of b.
func DecodeAnswer(b []byte) (Answer, error) {
	if len(b) > AnswerBytesMax {
		return Answer{}, fmt.Errorf("%w: an answer of %d bytes: %d is the most", ErrDamaged, len(b), AnswerBytesMax)
	}
	d := begin(b)
	var a Answer
	switch want := Want(d.byte("want")); want {
	case WantSums:
		a.Sums = d.sums()
	case WantKeys:
		a.Keys, a.More = d.keys()
	default:
		d.fail("an answer to the want %d", want)
	}
	if err := d.end("answer"); err != nil {
		return Answer{}, err
	}
	return a, nil
}

// DecodeCursor reads what AppendCursor wrote, and refuses everything else. It keeps nothing of b.
func DecodeCursor(b []byte) (next Key, err error) {
	d := begin(b)
	next = d.mark()
	if err := d.end("cursor"); err != nil {
		return Key{}, err
	}
	return next, nil
}

// DecodeLeaf reads what AppendLeaf wrote for a tree of that depth, and refuses everything else. It keeps nothing
// of b.
func DecodeLeaf(b []byte, depth int) (Sum, error) {
	d := begin(b)
	stored, sum := int(d.byte("depth")), d.sum()
	if err := d.end("leaf"); err != nil {
		return Sum{}, err
	}
	if stored != depth {
		return Sum{}, fmt.Errorf("%w: %d, and this one has %d; rebuild it from the keys", ErrDepth, stored, depth)
	}
	return sum, nil
}

// decoder takes an encoding apart. After the first fault it reads zeros only, so that the caller looks once.
type decoder struct {
	rest  []byte
	size  int
	newer bool
	fault string
}

func begin(b []byte) *decoder {
	d := &decoder{rest: b, size: len(b)}
	if version := d.byte("version"); d.fault == "" && version != encodingVersion {
		d.newer = version > encodingVersion
		d.fail("version %d, and this is %d", version, encodingVersion)
	}
	return d
}

// end gives the first fault as an error. Bytes that are left over are one.
func (d *decoder) end(what string) error {
	if len(d.rest) > 0 {
		d.fail("%d bytes are left over", len(d.rest))
	}
	switch {
	case d.newer:
		return fmt.Errorf("%w: a %s of %s", ErrVersion, what, d.fault)
	case d.fault != "":
		return fmt.Errorf("%w: no %s: %s, at byte %d", ErrDamaged, what, d.fault, d.size-len(d.rest))
	}
	return nil
}

func (d *decoder) fail(format string, args ...any) {
	if d.fault == "" {
		d.fault = fmt.Sprintf(format, args...)
	}
}

func (d *decoder) take(what string, size int) []byte {
	if len(d.rest) < size {
		d.fail("%s is cut short", what)
	}
	if d.fault != "" {
		return make([]byte, size)
	}
	taken := d.rest[:size]
	d.rest = d.rest[size:]
	return taken
}

func (d *decoder) byte(what string) byte { return d.take(what, 1)[0] }

// uint reads a varint of at most high. One that could be shorter is refused: a value has one encoding.
func (d *decoder) uint(what string, high uint64) uint64 {
	v, size := binary.Uvarint(d.rest)
	if size <= 0 || size > 1 && d.rest[size-1] == 0 {
		d.fail("%s is no number", what)
	} else if v > high {
		d.fail("%s is %d, and %d is the most", what, v, high)
	}
	if d.fault != "" {
		return 0
	}
	d.rest = d.rest[size:]
	return v
}

func (d *decoder) sum() Sum {
	sum := Sum(d.take("sum", SumBytes))
	if sum.IsZero() {
		d.fail("a sum of nothing")
	}
	return sum
}

func (d *decoder) mark() Key {
	position := binary.BigEndian.Uint64(d.take("position", 8))
	size := d.uint("length of name", NameBytesMax+1) // a mark may lie right behind the longest name
	return Key{position, string(d.take("name", int(size)))}
}

func (d *decoder) sums() []Sum {
	count := int(d.uint("count of sums", SpansMax*FanOut))
	if count == 0 {
		d.fail("no sums")
	}
	sums := make([]Sum, 0, count)
	for left := count; left > 0 && d.fault == ""; left -= FanOut {
		some := min(FanOut, left)
		set := binary.BigEndian.Uint64(d.take("which sums there are", 8))
		if bits.Len64(set) > some {
			d.fail("sum %d of %d", bits.Len64(set), some)
		}
		for i := range some {
			var sum Sum
			if set&(1<<i) != 0 {
				sum = d.sum()
			}
			sums = append(sums, sum)
		}
	}
	return sums
}

func (d *decoder) keys() (keys []KeyState, more bool) {
	flag := d.byte("more")
	if flag > 1 {
		d.fail("more is %d", flag)
	}
	count := d.uint("count of keys", KeysMax)
	keys = make([]KeyState, 0, min(int(count), len(d.rest)/(2+SumBytes)))
	last := uint64(0)
	for i := uint64(0); i < count && d.fault == ""; i++ {
		step := d.uint("position", math.MaxUint64-last)
		last += step
		size := int(d.uint("length of name", NameBytesMax))
		if size == 0 {
			d.fail("a key without a name")
		}
		k := KeyState{Key{last, string(d.take("name", size))}, d.sum()}
		if i > 0 && step == 0 && k.Compare(keys[i-1].Key) <= 0 {
			d.fail("the key %q is out of order", k.Name)
		}
		keys = append(keys, k)
	}
	return keys, flag == 1
}
