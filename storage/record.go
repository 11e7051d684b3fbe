package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// record is what is kept of one key, as it lies on disk: node.Record and where its contents are.
//
//	payload = since: actor (8), uvarint counter
//	          uvarint targets, for each: id (8)
//	          uvarint contents, for each: digest (16), uvarint size, uvarint length of the body,
//	                   place (1: in chunks, or 2: here, followed by the body)
//	          set of versions, in clock's encoding
//
// A record is immutable once it is stored or read.
type record struct {
	since    clock.Dot
	targets  []ring.NodeID
	contents []stored // ordered by digest
	versions clock.Set
}

// stored is one content of a record.
type stored struct {
	digest clock.Digest
	size   int // as node.Content counts
	length int // of the body
	// chunked says that the body lies in chunks and not in the record.
	chunked bool
	// content is at hand where it lies in the record, or was not yet written.
	content *node.Content
}

const (
	inChunks = 1
	inRecord = 2
	// The least bytes that a target and a content take.
	targetBytesMin = 8
	storedBytesMin = 16 + 1 + 1 + 1
)

// exists says whether anything is kept: a version, or a target.
func (r record) exists() bool { return len(r.versions) > 0 || len(r.targets) > 0 }

// size is the length of all contents together.
func (r record) size() int64 {
	n := int64(0)
	for _, c := range r.contents {
		n += int64(c.size)
	}
	return n
}

func (r record) find(d clock.Digest) (stored, bool) {
	i, found := slices.BinarySearchFunc(r.contents, d, func(c stored, d clock.Digest) int {
		return bytes.Compare(c.digest[:], d[:])
	})
	if !found {
		return stored{}, false
	}
	return r.contents[i], true
}

// shown is the record as node sees it; contents that are not at hand are left out.
func (r record) shown() node.Record {
	out := node.Record{Object: node.Object{Versions: r.versions}, Since: r.since, Targets: r.targets}
	if len(r.contents) > 0 {
		out.Contents = make([]*node.Content, len(r.contents))
	}
	for i, c := range r.contents {
		if out.Contents[i] = c.content; c.content == nil {
			out.Contents[i] = &node.Content{Digest: c.digest, Size: c.size, LeftOut: true}
		}
	}
	return out
}

// encode gives the payload. It fails where that has more bytes than bytesMax, and on versions that could not
// be read back.
func (r record) encode(bytesMax int) ([]byte, error) {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 256), uint64(r.since.Actor))
	b = binary.AppendUvarint(b, r.since.Counter)
	b = binary.AppendUvarint(b, uint64(len(r.targets)))
	for _, t := range r.targets {
		b = binary.BigEndian.AppendUint64(b, uint64(t))
	}
	b = binary.AppendUvarint(b, uint64(len(r.contents)))
	for _, c := range r.contents {
		b = append(b, c.digest[:]...)
		b = binary.AppendUvarint(b, uint64(c.size))
		b = binary.AppendUvarint(b, uint64(c.length))
		if c.chunked {
			b = append(b, inChunks)
		} else {
			b = append(append(b, inRecord), encodeBody(c.content)...)
		}
	}
	at := len(b)
	b = clock.AppendSet(b, r.versions)
	if len(b) > bytesMax {
		return nil, fmt.Errorf("a record of %d bytes beside its contents: up to %d can be stored", len(b), bytesMax)
	}
	if _, _, err := clock.DecodeSet(b[at:]); err != nil {
		return nil, fmt.Errorf("versions that could not be read back: %w", err)
	}
	return b, nil
}

// decodeRecord reads a payload; contents share its memory. The error wraps node.ErrDamaged.
func decodeRecord(payload []byte) (record, error) {
	in := reader{rest: payload}
	var r record
	r.since = clock.Dot{Actor: clock.Actor(in.uint64()), Counter: in.uvarint()}
	if n := in.count(targetBytesMin); n > 0 {
		r.targets = make([]ring.NodeID, n)
		for i := range r.targets {
			r.targets[i] = ring.NodeID(in.uint64())
		}
	}
	if n := in.count(storedBytesMin); n > 0 {
		r.contents = make([]stored, n)
	}
	for i := range r.contents {
		c, err := decodeStored(&in)
		if err != nil {
			return record{}, err
		}
		if i > 0 && bytes.Compare(r.contents[i-1].digest[:], c.digest[:]) >= 0 {
			return record{}, fmt.Errorf("%w: contents out of order", node.ErrDamaged)
		}
		r.contents[i] = c
	}
	if in.failed {
		return record{}, fmt.Errorf("%w: a record that does not have its form", node.ErrDamaged)
	}
	var err error
	var rest []byte
	if r.versions, rest, err = clock.DecodeSet(in.rest); err != nil {
		return record{}, fmt.Errorf("%w: %w", node.ErrDamaged, err)
	}
	if len(rest) > 0 {
		return record{}, fmt.Errorf("%w: %d bytes behind a record", node.ErrDamaged, len(rest))
	}
	if err := r.check(); err != nil {
		return record{}, fmt.Errorf("%w: %w", node.ErrDamaged, err)
	}
	return r, nil
}

// versionsIn finds the encoded set of versions in a payload, and reads nothing else. The error wraps
// node.ErrDamaged.
func versionsIn(payload []byte) ([]byte, error) {
	in := reader{rest: payload}
	in.uint64()
	in.uvarint()
	in.take(in.count(targetBytesMin) * targetBytesMin)
	for range in.count(storedBytesMin) {
		in.take(len(clock.Digest{}))
		in.uvarint()
		if length := in.uvarint(); in.byte() == inRecord {
			if length > uint64(len(in.rest)) {
				in.failed = true
				break
			}
			in.take(int(length))
		}
	}
	if in.failed {
		return nil, fmt.Errorf("%w: a record that does not have its form", node.ErrDamaged)
	}
	return in.rest, nil
}

func decodeStored(in *reader) (stored, error) {
	var c stored
	copy(c.digest[:], in.take(len(c.digest)))
	size, length, place := in.uvarint(), in.uvarint(), in.byte()
	if in.failed || size > contentBytesMax || length < size || length > contentBytesMax {
		return stored{}, fmt.Errorf("%w: a content that does not have its form", node.ErrDamaged)
	}
	c.size, c.length = int(size), int(length)
	switch place {
	case inChunks:
		c.chunked = true
		return c, nil
	case inRecord:
		var err error
		c.content, err = decodeBody(c.digest, c.size, in.take(c.length))
		return c, err
	}
	return stored{}, fmt.Errorf("%w: a content in place %d", node.ErrDamaged, place)
}

// contentBytesMax bounds what is believed of a content's length.
const contentBytesMax = 1 << 30

// check says whether versions and contents belong together.
func (r record) check() error {
	for _, v := range r.versions {
		if _, held := r.find(v.Content); !held && !v.Tombstone {
			return fmt.Errorf("%w: version %s lacks its content", errForm, v.Dot)
		}
	}
	for _, c := range r.contents {
		if !slices.ContainsFunc(r.versions, func(v clock.Version) bool { return !v.Tombstone && v.Content == c.digest }) {
			return fmt.Errorf("%w: no version names content %x", errForm, c.digest)
		}
	}
	return nil
}

// errForm is what check finds.
var errForm = errors.New("versions and contents do not belong together")
