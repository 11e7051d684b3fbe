package ring

import (
	"encoding/binary"
	"math/bits"

	"github.com/spaolacci/murmur3"
)

// Position is a key's place on the ring: the high 64 bits of murmur3 x64-128, seed 0, over
// uvarint(len(bucket)), bucket, key. The length keeps ("ab","c") and ("a","bc") apart.
func Position(bucket, key string) uint64 {
	buf := make([]byte, 0, binary.MaxVarintLen64+len(bucket)+len(key))
	buf = binary.AppendUvarint(buf, uint64(len(bucket)))
	buf = append(append(buf, bucket...), key...)
	high, _ := murmur3.Sum128(buf)
	return high
}

// PartitionOf says in which of a ring's equal partitions a position lies: its top bits. partitions is a
// power of two.
func PartitionOf(position uint64, partitions int) int {
	// A ring of one partition shifts by 64, which leaves 0.
	return int(position >> (64 - bits.TrailingZeros(uint(partitions))))
}
