package antientropy

import "encoding/binary"

// Secret keys the hashes of a cluster. It is drawn at the cluster's birth and never changes: another secret is
// another hash for every key, and every tree would differ from every other.
type Secret [16]byte

// hashVersion begins what is hashed, so that a later form of it cannot be taken for this one.
const hashVersion = 1

// Hash is the sum of one key in one state:
//
//	SipHash-2-4-128 of secret over: version (1) = 1 · uvarint(len(name)) · name · state
//
// name is the key's name, its bucket included, so that no two keys of a range share one, and state what the copy holds of it, or a digest of that, both in
// an encoding that is fixed for ever and not the stored one: two releases that store differently must agree.
// The length keeps ("ab", "c") and ("a", "bc") apart. A key that is not held has no Hash; its sum is zero, and
// no Hash is. The result is for ever: a hash that changes would part a cluster in the middle of an upgrade.
//
// SipHash is a pseudorandom function made for short inputs: its outputs cannot be told from chance by those who
// do not know the secret. It takes some 100 ns where HMAC-SHA-256 takes 900, on a path that every write walks twice.
// Hash keeps nothing of its arguments, does not allocate and may be called concurrently.
func Hash(secret Secret, name, state []byte) Sum {
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = hashVersion
	size := 1 + binary.PutUvarint(head[1:], uint64(len(name)))
	s := newSip((*[16]byte)(&secret))
	s.write(head[:size])
	s.write(name)
	s.write(state)
	sum := s.sum()
	if sum.IsZero() { // one key in 2^128; zero says that there is none
		sum[0] = 1
	}
	return sum
}
