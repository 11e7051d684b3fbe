package storage

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/envelope"
	"github.com/kindreddb/kindred/storage/trees"
)

// Keys of the database. Numbers are big-endian, so that order of bytes is order of numbers.
//
//	name      = n (1), position (8), uvarint len(bucket), bucket, key
//
//	d name                       the record of a key: what is known of its versions, small contents
//	v n (1) position (8) uvarint len(bucket) bucket uvarint len(key) key digest (16) chunk (4)
//	                             a piece of a content that does not lie in the record
//	b uvarint len(bucket) bucket n (1) key   listing: a bucket's keys in their order; there when d is there
//	h target (8) name            hints: the records that a target is still to have
//	s n (1) partition (4) actor (8)   the highest number ever held of the actor in the range
//	r n (1) partition (4)        figures of a range
//	t target (8)                 figures of a target's hints
//	p number (4)                 padding, with nothing in it
//	i name                       pieces of this key's contents may lie about that no record names
//	l                            of what the leaves below are
//	l n (1) partition (4) leaf (4)    a leaf of a range's hash tree
//	m                            the database itself
//
// The keys of a range, and of any part of it such as a leaf of a hash tree, are neighbours under d and under
// v. Behind the position a name is node.TreeName: under d the keys of a range lie in the order of its tree.
// The envelope of a value names its database key, so none can stand in for another.
const (
	prefixRecord  = 'd'
	prefixContent = 'v'
	prefixListing = 'b'
	prefixHint    = 'h'
	prefixSeen    = 's'
	prefixRange   = 'r'
	prefixTarget  = 't'
	prefixSweep   = 'i'
	prefixLeaf    = 'l'
	prefixMeta    = 'm'
)

// prefixes are all of them.
const prefixes = "dvbhsrtpilm"

// Versions of the formats behind the prefixes.
const formatVersion = 1

var metaKey = []byte{prefixMeta}

// checkKey says why a key cannot be stored.
func checkKey(k node.Key) error {
	if k.N < 1 || k.N > math.MaxUint8 {
		return fmt.Errorf("n is %d: 1 to %d can be stored", k.N, math.MaxUint8)
	}
	if size := len(k.Bucket) + len(k.Name); size > nameBytesMax {
		return fmt.Errorf("bucket and key have %d bytes together: up to %d can be stored", size, nameBytesMax)
	}
	return nil
}

// appendName appends what names a key under every prefix behind which nothing follows.
func appendName(dst []byte, k node.Key) []byte {
	dst = appendPosition(dst, k.N, k.Position)
	return trees.AppendName(dst, k.Bucket, k.Name)
}

func appendPosition(dst []byte, n int, position uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, byte(n)), position)
}

// parseName reads what appendName wrote.
func parseName(b []byte) (node.Key, error) {
	r := reader{rest: b}
	k := node.Key{N: int(r.byte()), Position: r.uint64()}
	k.Bucket = string(r.bytes())
	k.Name = string(r.rest)
	if r.failed || checkKey(k) != nil {
		return node.Key{}, fmt.Errorf("%w: %x names no key", envelope.ErrDamaged, b)
	}
	return k, nil
}

func recordKey(k node.Key) []byte { return appendName(beginKey(prefixRecord, k), k) }
func sweepKey(k node.Key) []byte  { return appendName(beginKey(prefixSweep, k), k) }

// beginKey begins a database key with room for the rest.
func beginKey(prefix byte, k node.Key) []byte {
	return append(make([]byte, 0, 48+len(k.Bucket)+len(k.Name)), prefix)
}

// contentsKey begins the keys of all chunks of all contents of a key.
func contentsKey(k node.Key) []byte {
	b := appendPosition(beginKey(prefixContent, k), k.N, k.Position)
	b = appendBucket(b, k.Bucket)
	b = binary.AppendUvarint(b, uint64(len(k.Name)))
	return append(b, k.Name...)
}

func chunkKey(k node.Key, digest clock.Digest, chunk int) []byte {
	b := append(contentsKey(k), digest[:]...)
	return binary.BigEndian.AppendUint32(b, uint32(chunk))
}

// bucketKey begins the listing of a bucket.
func bucketKey(bucket string) []byte {
	return appendBucket([]byte{prefixListing}, bucket)
}

func appendBucket(dst []byte, bucket string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(bucket))), bucket...)
}

func listingKey(k node.Key) []byte {
	return append(append(appendBucket(beginKey(prefixListing, k), k.Bucket), byte(k.N)), k.Name...)
}

// hintsKey begins the hints of a target.
func hintsKey(target ring.NodeID) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixHint}, uint64(target))
}

func hintKey(target ring.NodeID, k node.Key) []byte { return appendName(hintsKey(target), k) }

func targetKey(target ring.NodeID) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixTarget}, uint64(target))
}

func rangeKey(r node.Range) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefixRange, byte(r.N)}, uint32(r.Partition))
}

// leafKey is of a leaf of the range's tree.
func leafKey(r node.Range, leaf uint32) []byte {
	b := append(make([]byte, 0, 10), prefixLeaf, byte(r.N))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Partition))
	return binary.BigEndian.AppendUint32(b, leaf)
}

func seenKey(r node.Range, actor clock.Actor) []byte {
	b := append(make([]byte, 0, 14), prefixSeen, byte(r.N))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Partition))
	return binary.BigEndian.AppendUint64(b, uint64(actor))
}

// seal puts a payload under its database key.
func seal(key, payload []byte) []byte {
	return envelope.Seal(make([]byte, 0, envelope.Size+len(payload)), key[0], formatVersion, key, payload)
}

// unseal gives the payload stored under a database key. The error wraps node.ErrDamaged.
func unseal(key, value []byte) ([]byte, error) {
	payload, _, err := envelope.Open(key[0], formatVersion, key, value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", node.ErrDamaged, err)
	}
	return payload, nil
}
