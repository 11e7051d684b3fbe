package sim

import "time"

// Seed decides everything that is left to chance in a run.
type Seed uint64

// draw names what is decided, so that two decisions about the same thing do not hang together.
type draw uint64

const (
	drawDelay draw = iota + 1
	drawSlow
	drawLoss
	drawDuplicate
	drawUnsent
	drawDetection
	drawSync
	drawActor
	drawPace
	drawFault
	drawOperation
	drawSpread
	drawRepair
	drawShape
)

// hash mixes the seed, the decision and its parts into 64 even bits.
func (s Seed) hash(d draw, parts ...uint64) uint64 {
	h := mix(uint64(s) + 0x9e3779b97f4a7c15*uint64(d))
	for _, p := range parts {
		h = mix(h ^ p + 0x9e3779b97f4a7c15)
	}
	return h
}

// mix is the finalizer of splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
// 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hits says whether a decision that comes out true with the probability does so here.
func (s Seed) hits(probability float64, d draw, parts ...uint64) bool {
	return float64(s.hash(d, parts...)>>11) < probability*(1<<53)
}

// between gives a duration from lo to below hi.
func (s Seed) between(lo, hi time.Duration, d draw, parts ...uint64) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(s.hash(d, parts...)%uint64(hi-lo))
}

// pick gives a number from 0 to below n.
func (s Seed) pick(n int, d draw, parts ...uint64) int {
	return int(s.hash(d, parts...) % uint64(n))
}

// hashBytes is FNV-1a over the bytes, mixed.
func hashBytes(b []byte) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return mix(h)
}
