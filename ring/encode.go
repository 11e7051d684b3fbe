package ring

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
)

// The encoding of a layout, version 1. Numbers are unsigned varints in their shortest form unless a size is
// given; sizes are in bytes.
//
//	version (1) = 1
//	number · n · log2 of the partitions
//	members, then each, ordered by id:
//	    id (8, big endian) · length of name, name · length of zone, zone · capacity
//	owners: for each partition min(n, members) indexes into the members,
//	    (1) each when there are at most 256 members, else (2, big endian)
//	CRC32C of all before (4, big endian)
const encodingVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode gives the layout's bytes: equal layouts have equal bytes. The caller owns the slice.
func (l *Layout) Encode() []byte { return append([]byte(nil), l.encoded...) }

// seal computes the encoding and its hash, once and for all.
func (l *Layout) seal() {
	b := []byte{encodingVersion}
	b = binary.AppendUvarint(b, l.number)
	b = binary.AppendUvarint(b, uint64(l.n))
	b = binary.AppendUvarint(b, uint64(bits.TrailingZeros(uint(l.partitions))))
	b = binary.AppendUvarint(b, uint64(len(l.members)))
	for _, m := range l.members {
		b = binary.BigEndian.AppendUint64(b, uint64(m.ID))
		b = append(binary.AppendUvarint(b, uint64(len(m.Name))), m.Name...)
		b = append(binary.AppendUvarint(b, uint64(len(m.Zone))), m.Zone...)
		b = binary.AppendUvarint(b, uint64(m.Capacity))
	}
	for _, o := range l.owners {
		if len(l.members) > 256 {
			b = append(b, byte(o>>8))
		}
		b = append(b, byte(o))
	}
	l.encoded = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	sum := sha256.Sum256(l.encoded)
	copy(l.hash[:], sum[:])
}

// ErrDamaged is what Decode's errors wrap when bytes are no layout, or not as Encode writes them.
var ErrDamaged = errors.New("ring: these bytes are no layout")

// ErrVersion is what Decode's errors wrap when a layout was written by a newer program.
var ErrVersion = errors.New("ring: this layout is in a version that this program does not read")

// Decode reads what Encode wrote, and refuses everything else. It keeps nothing of b.
func Decode(b []byte) (*Layout, error) {
	if len(b) > 0 && b[0] != encodingVersion {
		return nil, fmt.Errorf("%w: version %d, and this is %d", ErrVersion, b[0], encodingVersion)
	}
	if len(b) < 5 {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrDamaged, len(b))
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, fmt.Errorf("%w: the checksum does not fit", ErrDamaged)
	}
	r := reader{rest: body[1:]}
	l := r.layout()
	if r.fault != "" {
		return nil, fmt.Errorf("%w: %s, at byte %d", ErrDamaged, r.fault, len(body)-len(r.rest))
	}
	return l, nil
}
