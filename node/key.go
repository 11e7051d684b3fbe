package node

import (
	"math/bits"

	"github.com/kindreddb/kindred/ring"
)

// Key names what one replica holds: a key of a bucket, at the bucket's replication factor.
type Key struct {
	Bucket, Name string
	// N is the bucket's replication factor. A key under another n is another copy, in another range.
	N int
	// Position is ring.Position(Bucket, Name), kept beside the names that it is computed from.
	Position uint64
}

// NewKey computes the key's position.
func NewKey(bucket, name string, n int) Key {
	return Key{bucket, name, n, ring.Position(bucket, name)}
}

// Range is the unit of ownership, memory and actors: the keys of one partition at one replication factor.
// All owners of a range hold exactly the same keys.
type Range struct {
	Partition int
	N         int
}

// RangeOf is the range that the key falls into, on a ring of that many partitions, a power of two: the same
// partition that every ring.Layout of that ring names.
func (k Key) RangeOf(partitions int) Range {
	return Range{int(k.Position >> (64 - bits.TrailingZeros(uint(partitions)))), k.N}
}
