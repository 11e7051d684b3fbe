package clock

import (
	"encoding/binary"
	"fmt"
)

// The encoding is canonical: equal values give equal bytes, and there is one encoding of each value. Hashes
// of a replica's state are taken over it, so it changes only together with encodingVersion.
//
//	clock    = version byte, body
//	body     = uvarint actors, then for each in rising order: actor (8 bytes, big-endian), uvarint runs,
//	           then for each run in rising order: uvarint gap, uvarint length - 1
//	version  = version byte, record
//	record   = flags (bit 0: tombstone), actor (8), uvarint after, uvarint counter - after - 1,
//	           content (16), coordinator (8), wall (8), body of the past
//	set      = version byte, uvarint versions, then the record of each in the order of Compare
//
// The gap of an actor's first run is its After, that of a later one is counted from the first number at which
// it would not touch the run before. So an empty run and runs that touch cannot even be written down.
const encodingVersion = 1

const flagTombstone = 1

// What a decoder accepts at most in one clock. An encoder does not look: who lets clocks grow asks Fits.
const (
	ActorsMax = 4096
	RunsMax   = 65536
)

// Fits says whether decoders will take the clock back. Nothing that Fold keeps small comes near the limit;
// a write whose past or whole clock does not fit must be refused.
func (c Clock) Fits() bool { return c.Actors() <= ActorsMax && c.Runs() <= RunsMax }

// AppendClock appends the encoding of c to dst and returns the longer slice.
func AppendClock(dst []byte, c Clock) []byte {
	return appendBody(append(dst, encodingVersion), c)
}

// AppendVersion appends the encoding of everything in v to dst and returns the longer slice. It panics on a
// version without an actor, with an empty run, or whose past holds its own dot: Update makes none of these,
// and nobody could read one back.
func AppendVersion(dst []byte, v Version) []byte {
	return appendRecord(append(dst, encodingVersion), v)
}

// AppendSet appends the encoding of s, which must be a Set in order, to dst and returns the longer slice. It
// panics as AppendVersion does.
func AppendSet(dst []byte, s Set) []byte {
	dst = binary.AppendUvarint(append(dst, encodingVersion), uint64(len(s)))
	for _, v := range s {
		dst = appendRecord(dst, v)
	}
	return dst
}

func appendBody(dst []byte, c Clock) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(c.entries)))
	for _, e := range c.entries {
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.actor))
		dst = binary.AppendUvarint(dst, uint64(len(e.runs)))
		next := uint64(0)
		for _, r := range e.runs {
			dst = binary.AppendUvarint(dst, r.After-next)
			dst = binary.AppendUvarint(dst, r.Upto-r.After-1)
			next = r.Upto + 1
		}
	}
	return dst
}

func appendRecord(dst []byte, v Version) []byte {
	if fault := v.fault(); fault != "" {
		panic(fmt.Sprintf("clock: no such version: %s: %s", v.Dot, fault))
	}
	flags := byte(0)
	if v.Tombstone {
		flags = flagTombstone
	}
	dst = append(dst, flags)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Dot.Actor))
	dst = binary.AppendUvarint(dst, v.After)
	dst = binary.AppendUvarint(dst, v.Dot.Counter-v.After-1)
	dst = append(dst, v.Content[:]...)
	dst = binary.BigEndian.AppendUint64(dst, v.Coordinator)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Wall))
	return appendBody(dst, v.Past)
}

// fault names what makes v no version at all, or is empty.
func (v Version) fault() string {
	switch {
	case v.Dot.Actor == 0:
		return "no actor"
	case v.After >= v.Dot.Counter:
		return "an empty run"
	case v.Past.Covers(v.Dot):
		return "a past that holds its own dot"
	}
	return ""
}
