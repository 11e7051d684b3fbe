package ring

import (
	"encoding/binary"

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
