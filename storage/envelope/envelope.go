// Package envelope puts every stored object under a seal: what was cut short, emptied, altered or laid
// under another's name is told from what was written.
//
//	offset  0      2     3        4       8      12
//	        magic  kind  version  length  CRC    payload
//	        "Kd"   1     1        4       4      length bytes
//
// Numbers are big-endian. The CRC is CRC-32C over the name under which the object is stored, the first eight
// bytes and the payload: a whole object in the wrong place fails too. No object is empty.
package envelope

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Size is the length in bytes of what comes before the payload.
const Size = 12

const magic = "Kd"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged is wrapped by every error of Open: these are not the bytes that were sealed under that name.
var ErrDamaged = errors.New("not what was sealed")

// ErrNewer is wrapped by Open, beside ErrDamaged, where a whole object has a version that the caller does
// not read.
var ErrNewer = errors.New("written by a newer program")

// Seal appends the envelope with a copy of payload to dst. name is what the object is stored under; it is
// not kept in the envelope. It panics on a payload of 4 GiB or more: the caller bounds its sizes.
func Seal(dst []byte, kind, version byte, name, payload []byte) []byte {
	if uint64(len(payload)) > math.MaxUint32 {
		panic("envelope: payload of 4 GiB or more")
	}
	start := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, kind, version)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.BigEndian.AppendUint32(dst, sum(name, dst[start:], payload))
	return append(dst, payload...)
}

// Open gives the payload of an envelope that Seal made with the same kind and name, of a version up to
// newest. The payload shares memory with sealed.
func Open(kind, newest byte, name, sealed []byte) (payload []byte, version byte, err error) {
	switch {
	case len(sealed) == 0:
		return nil, 0, fmt.Errorf("%w: it is empty", ErrDamaged)
	case len(sealed) < Size:
		return nil, 0, fmt.Errorf("%w: %d bytes are too few", ErrDamaged, len(sealed))
	case string(sealed[:len(magic)]) != magic:
		return nil, 0, fmt.Errorf("%w: it begins with %x", ErrDamaged, sealed[:len(magic)])
	}
	payload = sealed[Size:]
	if length := binary.BigEndian.Uint32(sealed[4:]); uint64(length) != uint64(len(payload)) {
		return nil, 0, fmt.Errorf("%w: %d bytes of %d", ErrDamaged, len(payload), length)
	}
	if binary.BigEndian.Uint32(sealed[8:]) != sum(name, sealed[:8], payload) {
		return nil, 0, fmt.Errorf("%w: its checksum does not match", ErrDamaged)
	}
	if sealed[2] != kind {
		return nil, 0, fmt.Errorf("%w: it is of kind %q, not %q", ErrDamaged, sealed[2], kind)
	}
	if version = sealed[3]; version == 0 || version > newest {
		return nil, 0, fmt.Errorf("%w: %w: version %d, and this one reads up to %d", ErrDamaged, ErrNewer, version, newest)
	}
	return payload, version, nil
}

func sum(name, head, payload []byte) uint32 {
	crc := crc32.Update(0, castagnoli, name)
	crc = crc32.Update(crc, castagnoli, head)
	return crc32.Update(crc, castagnoli, payload)
}
