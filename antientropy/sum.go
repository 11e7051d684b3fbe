package antientropy

import (
	"encoding/binary"
	"encoding/hex"
)

// SumBytes is the length of a Sum.
const SumBytes = 16

// Sum is the hash of one key and its state, or the XOR of those of many keys. The zero Sum is that of nothing:
// no key, no keys. Sums are values; they are compared with ==.
type Sum [SumBytes]byte

// Xor adds what other stands for to what s stands for, or takes it away if it is in there.
func (s Sum) Xor(other Sum) Sum {
	le := binary.LittleEndian
	le.PutUint64(s[:8], le.Uint64(s[:8])^le.Uint64(other[:8]))
	le.PutUint64(s[8:], le.Uint64(s[8:])^le.Uint64(other[8:]))
	return s
}

// IsZero says whether the sum is that of nothing.
func (s Sum) IsZero() bool { return s == Sum{} }

// String gives the sum in hexadecimal digits, for tests and for logs that stay in the cluster. It must not be
// shown outside: whoever collects the sums of chosen keys can make two copies that differ look equal.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }
