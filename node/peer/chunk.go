package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// After the handshake a connection carries chunks. A message up to chunkBytesMax is one chunk; a longer one
// is cut, and its chunks are interleaved with those of others. Requests travel from the side that dialled to
// the side that accepted, replies back, in any order.
//
//	0  length of the payload behind the header (4 bytes; all numbers big-endian)
//	4  kind (1 byte), three bytes of zero
//	8  id of the request (8), given by the side that dialled
//	16 size (4): of the whole message in its first chunk, the offset in later ones
//	20 the milliseconds left to a request (4), 0 otherwise
//	24 CRC32C of bytes 0 to 24 and the payload (4): TCP's own sum is too weak for what is kept for ever
const headerBytes = 28

// The kinds of chunks.
const (
	kindRequest = 1 + iota // the first chunk of a request
	kindReply              // the first chunk of a reply
	kindMore               // the next chunk of either
	kindAbandon            // the rest of a request will not come: its caller gave up
	kindLost               // there is no reply; the payload says why. The request may have been carried out
	kindPing               // wants a pong
	kindPong
	kindEnd // above all kinds
)

// chunk is a header without its checksum.
type chunk struct {
	length int
	kind   byte
	id     uint64
	size   int
	millis uint32
}

// errDamaged is what a connection dies of when bytes arrive that nobody sent.
var errDamaged = errors.New("damaged bytes on the connection")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendChunk appends header and payload; c.length is the payload's.
func appendChunk(dst []byte, c chunk, payload []byte) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	dst = append(dst, c.kind, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, c.id)
	dst = binary.BigEndian.AppendUint32(dst, uint32(c.size))
	dst = binary.BigEndian.AppendUint32(dst, c.millis)
	sum := crc32.Update(crc32.Checksum(dst[start:], castagnoli), castagnoli, payload)
	dst = binary.BigEndian.AppendUint32(dst, sum)
	return append(dst, payload...)
}

// parseChunk reads a header and refuses what could not be one. The checksum is not looked at: see intact.
func parseChunk(h *[headerBytes]byte) (chunk, error) {
	c := chunk{
		length: int(binary.BigEndian.Uint32(h[0:])),
		kind:   h[4],
		id:     binary.BigEndian.Uint64(h[8:]),
		size:   int(binary.BigEndian.Uint32(h[16:])),
		millis: binary.BigEndian.Uint32(h[20:]),
	}
	switch {
	case c.kind < kindRequest || c.kind >= kindEnd || h[5]|h[6]|h[7] != 0:
		return chunk{}, fmt.Errorf("%w: no chunk starts with %x", errDamaged, h[:8])
	case c.length > chunkBytesMax:
		return chunk{}, fmt.Errorf("%w: a chunk of %d bytes, and %d are allowed", errDamaged, c.length, chunkBytesMax)
	case c.size > MessageBytesMax:
		return chunk{}, fmt.Errorf("%w: a message of %d bytes, and %d are allowed", errDamaged, c.size, MessageBytesMax)
	}
	return c, nil
}

// intact compares the checksum of header and payload.
func intact(h *[headerBytes]byte, payload []byte) bool {
	sum := crc32.Update(crc32.Checksum(h[:24], castagnoli), castagnoli, payload)
	return sum == binary.BigEndian.Uint32(h[24:])
}
