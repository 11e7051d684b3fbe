package trees

import (
	"encoding/binary"
	"sync"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// Sum is what a key with these versions adds to its tree: nothing where there are none.
func (f *Forest) Sum(key node.Key, versions clock.Set) antientropy.Sum {
	if len(versions) == 0 {
		return antientropy.Sum{}
	}
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)
	name := AppendName((*b)[:0], key.Bucket, key.Name)
	all := clock.AppendSet(name, versions)
	*b = all
	return antientropy.Hash(f.secret, all[:len(name)], all[len(name):])
}

// SumOfEncoded is Sum of a name as AppendName writes it, and of versions, at least one, as clock.AppendSet
// does.
func (f *Forest) SumOfEncoded(name, versions []byte) antientropy.Sum {
	return antientropy.Hash(f.secret, name, versions)
}

// AppendName appends node.TreeName to dst.
func AppendName(dst []byte, bucket, name string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(bucket)))
	dst = append(dst, bucket...)
	return append(dst, name...)
}

// Key is how a key stands in its tree.
func Key(k node.Key) antientropy.Key {
	return antientropy.Key{Position: k.Position, Name: node.TreeName(k.Bucket, k.Name)}
}

// buffers hold names and encoded versions while they are hashed.
var buffers = sync.Pool{New: func() any { return new([]byte) }}
