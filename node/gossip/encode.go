package gossip

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/node"
)

// The encoding of a State, version 1. Numbers are unsigned varints in their shortest form unless a size is
// given; sizes are in bytes. Equal states have equal bytes.
//
//	version (1) = 1
//	births, then each, by hash:
//	    cluster (8) · token keys, then each: id (1), secret (32) · tree key (16)
//	    length of layout, layout as ring encodes it · sealed (1)
//	layouts, then each, by (number, sealed, hash): length of layout, layout · sealed (1)
//	statements, then each, by node: node (8) · sequence · hash (16)
//	buckets, then each, by name:
//	    length of name, name · explicit n (1) · n · change of n
//	    change of the rest · r · w · pr · pw · dw (signed varints) · max siblings · max value size
const stateVersion = 1

// Bounds of an encoding, beside those of State.
const (
	stateBytesMax  = 16 << 20 // memberlist carries 20 MiB
	layoutBytesMax = 4 << 20
	tokenKeysMax   = 16
	bucketNameMax  = 255
	countMax       = 1<<31 - 1
)

// Encode gives the state's bytes, which the caller owns.
func (s State) Encode() []byte {
	b := []byte{stateVersion}
	b = binary.AppendUvarint(b, uint64(len(s.births)))
	for _, birth := range s.births {
		b = appendBool(appendBirth(b, birth), birth.Sealed)
	}
	b = binary.AppendUvarint(b, uint64(len(s.layouts)))
	for _, c := range s.layouts {
		b = appendBool(appendString(b, string(c.layout.Encode())), c.sealed)
	}
	b = binary.AppendUvarint(b, uint64(len(s.follows)))
	for _, id := range slices.Sorted(maps.Keys(s.follows)) {
		b = binary.BigEndian.AppendUint64(b, uint64(id))
		b = binary.AppendUvarint(b, s.follows[id].seq)
		hash := s.follows[id].hash
		b = append(b, hash[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s.buckets)))
	for _, name := range slices.Sorted(maps.Keys(s.buckets)) {
		b = appendSettings(appendString(b, name), s.buckets[name])
	}
	return b
}

// Hash names the state: equal states have equal hashes.
func (s State) Hash() [16]byte {
	sum := sha256.Sum256(s.Encode())
	return [16]byte(sum[:16])
}

// appendBirth writes all of a birth but whether it is sealed.
func appendBirth(b []byte, birth Birth) []byte {
	b = binary.BigEndian.AppendUint64(b, birth.Cluster)
	b = binary.AppendUvarint(b, uint64(len(birth.TokenKeys)))
	for _, k := range birth.TokenKeys {
		b = append(append(b, k.ID), k.Secret[:]...)
	}
	b = append(b, birth.TreeKey[:]...)
	return appendString(b, string(birth.Layout.Encode()))
}

func appendSettings(b []byte, s settings) []byte {
	b = appendBool(b, s.props.ExplicitN)
	b = binary.AppendUvarint(b, uint64(s.props.N))
	b = binary.AppendUvarint(b, uint64(s.nChanged))
	return appendRest(b, s.props)
}

// appendRest writes what a change of a bucket's settings changes: all but the replication factor.
func appendRest(b []byte, p node.BucketProps) []byte {
	b = binary.AppendUvarint(b, uint64(p.Changed))
	for _, level := range [...]node.Level{p.R, p.W, p.PR, p.PW, p.DW} {
		b = binary.AppendVarint(b, int64(level))
	}
	b = binary.AppendUvarint(b, uint64(p.MaxSiblings))
	return binary.AppendUvarint(b, uint64(p.MaxValueSize))
}
