package antientropy

import (
	"encoding/binary"
	"math/bits"
)

// sip is SipHash-2-4 with 128 bits of output, as its authors' reference program computes it (siphash.c of
// github.com/veorq/SipHash, where the longer output stands beside the 64 bits of the paper). It takes its input
// in pieces.
type sip struct {
	v0, v1, v2, v3 uint64
	tail           uint64 // input bytes that do not fill a word yet, the first lowest
	length         uint64 // of the input so far, in bytes
}

func newSip(key *[16]byte) sip {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	// The constants are the paper's: "somepseudorandomlygeneratedbytes". 0xee stands for the longer output.
	return sip{
		v0: k0 ^ 0x736f6d6570736575,
		v1: k1 ^ 0x646f72616e646f6d ^ 0xee,
		v2: k0 ^ 0x6c7967656e657261,
		v3: k1 ^ 0x7465646279746573,
	}
}

func (s *sip) write(p []byte) {
	filled := s.length % 8
	s.length += uint64(len(p))
	for ; filled > 0 && len(p) > 0; p = p[1:] {
		s.tail |= uint64(p[0]) << (8 * filled)
		if filled++; filled == 8 {
			s.compress(s.tail)
			s.tail, filled = 0, 0
		}
	}
	for ; len(p) >= 8; p = p[8:] {
		s.compress(binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		s.tail |= uint64(b) << (8 * filled)
		filled++
	}
}

// sum ends the input; the sip is of no more use.
func (s *sip) sum() Sum {
	s.compress(s.tail | s.length<<56)
	s.v2 ^= 0xee
	var sum Sum
	binary.LittleEndian.PutUint64(sum[:8], s.finish())
	s.v1 ^= 0xdd
	binary.LittleEndian.PutUint64(sum[8:], s.finish())
	return sum
}

func (s *sip) compress(word uint64) {
	v0, v1, v2, v3 := round(s.v0, s.v1, s.v2, s.v3^word)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	s.v0, s.v1, s.v2, s.v3 = v0^word, v1, v2, v3
}

func (s *sip) finish() uint64 {
	for range 4 {
		s.v0, s.v1, s.v2, s.v3 = round(s.v0, s.v1, s.v2, s.v3)
	}
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

func round(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	return v0, v1, bits.RotateLeft64(v2, 32), v3
}
