package antientropy

import (
	"encoding/binary"
	"math/bits"
)

// The encodings, version 1. Numbers are unsigned varints in their shortest form unless a size is given; sizes are
// in bytes, and those numbers are big-endian.
//
//	request: version (1) = 1 · want (1) · count of spans, then for each: level (1) · index
//	    and where keys are wanted: the mark to begin at · KeysMax
//	answer:  version (1) = 1 · want (1)
//	    sums: count, then for each 64 of them: which are not zero (8), the first lowest · those (16 each)
//	    keys: more (1), 0 or 1 · count, then for each:
//	        position above the last one's · length of name, name · sum (16)
//	mark:    position (8) · length of name, name
//	cursor:  version (1) = 1 · mark
//	leaf:    version (1) = 1 · depth of the tree (1) · sum (16), which is not zero
//
// Nothing here has a checksum: what carries and what stores these bytes adds its own.
const encodingVersion = 1

// AppendRequest appends the encoding of a request, one that makes sense, to dst.
func AppendRequest(dst []byte, r Request) []byte {
	dst = append(dst, encodingVersion, byte(r.Want))
	dst = binary.AppendUvarint(dst, uint64(len(r.Spans)))
	for _, s := range r.Spans {
		dst = binary.AppendUvarint(append(dst, s.Level), uint64(s.Index))
	}
	if r.Want == WantKeys {
		dst = appendMark(dst, r.From)
		dst = binary.AppendUvarint(dst, uint64(r.KeysMax))
	}
	return dst
}

// AppendAnswer appends the encoding of an answer that fits its request to dst: at most AnswerBytesMax bytes for what
// Copy.Ask returns.
func AppendAnswer(dst []byte, a Answer) []byte {
	if len(a.Sums) > 0 {
		return appendSums(append(dst, encodingVersion, byte(WantSums)), a.Sums)
	}
	dst = append(dst, encodingVersion, byte(WantKeys), 0)
	if a.More {
		dst[len(dst)-1] = 1
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.Keys)))
	last := uint64(0)
	for _, k := range a.Keys {
		dst = binary.AppendUvarint(dst, k.Position-last)
		dst = binary.AppendUvarint(dst, uint64(len(k.Name)))
		dst = append(append(dst, k.Name...), k.Sum[:]...)
		last = k.Position
	}
	return dst
}

func appendSums(dst []byte, sums []Sum) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(sums)))
	for len(sums) > 0 {
		some := sums[:min(FanOut, len(sums))]
		sums = sums[len(some):]
		dst = binary.BigEndian.AppendUint64(dst, present(some))
		for _, sum := range some {
			if !sum.IsZero() {
				dst = append(dst, sum[:]...)
			}
		}
	}
	return dst
}

// present has a bit for each of up to 64 sums that is not zero.
func present(sums []Sum) uint64 {
	set := uint64(0)
	for i, sum := range sums {
		if !sum.IsZero() {
			set |= 1 << i
		}
	}
	return set
}

func appendMark(dst []byte, k Key) []byte {
	dst = binary.BigEndian.AppendUint64(dst, k.Position)
	dst = binary.AppendUvarint(dst, uint64(len(k.Name)))
	return append(dst, k.Name...)
}

// AppendCursor appends the encoding of the place where an exchange goes on, Report.Next, to dst.
func AppendCursor(dst []byte, next Key) []byte { return appendMark(append(dst, encodingVersion), next) }

// AppendLeaf appends what is stored of one leaf to dst: 18 bytes. The sum is not zero; such a leaf is not stored.
func AppendLeaf(dst []byte, depth int, sum Sum) []byte {
	return append(append(dst, encodingVersion, byte(depth)), sum[:]...)
}

// Size is the length of AppendRequest's encoding.
func (r Request) Size() int {
	size := 2 + uvarintSize(uint64(len(r.Spans)))
	for _, s := range r.Spans {
		size += 1 + uvarintSize(uint64(s.Index))
	}
	if r.Want == WantKeys {
		size += 8 + uvarintSize(uint64(len(r.From.Name))) + len(r.From.Name) + uvarintSize(uint64(r.KeysMax))
	}
	return size
}

// Size is the length of AppendAnswer's encoding.
func (a Answer) Size() int {
	if len(a.Sums) > 0 {
		size := 2 + uvarintSize(uint64(len(a.Sums)))
		for i := 0; i < len(a.Sums); i += FanOut {
			size += 8 + SumBytes*bits.OnesCount64(present(a.Sums[i:min(i+FanOut, len(a.Sums))]))
		}
		return size
	}
	size := 3 + uvarintSize(uint64(len(a.Keys)))
	last := uint64(0)
	for _, k := range a.Keys {
		size += uvarintSize(k.Position-last) + uvarintSize(uint64(len(k.Name))) + len(k.Name) + SumBytes
		last = k.Position
	}
	return size
}

func uvarintSize(v uint64) int { return max(1, (bits.Len64(v)+6)/7) }
