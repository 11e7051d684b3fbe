package storage

import (
	"encoding/binary"
	"fmt"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// A content's body is
//
//	uvarint len(type), type, uvarint len(encoding), encoding,
//	uvarint entries of metadata, for each: uvarint len(name), name, uvarint len(value), value,
//	value: all that is left

// encodeBody is the body of a content that is at hand.
func encodeBody(c *node.Content) []byte {
	b := make([]byte, 0, c.Size+32+10*len(c.Meta))
	b = appendString(b, c.Type)
	b = appendString(b, c.Encoding)
	b = binary.AppendUvarint(b, uint64(len(c.Meta)))
	for _, m := range c.Meta {
		b = appendString(b, m.Name)
		b = appendString(b, m.Value)
	}
	return append(b, c.Value...)
}

// bodyLength is the length that encodeBody will give.
func bodyLength(c *node.Content) int {
	n := c.Size + uvarintLength(len(c.Type)) + uvarintLength(len(c.Encoding)) + uvarintLength(len(c.Meta))
	for _, m := range c.Meta {
		n += uvarintLength(len(m.Name)) + uvarintLength(len(m.Value))
	}
	return n
}

func uvarintLength(n int) int {
	var buf [binary.MaxVarintLen64]byte
	return binary.PutUvarint(buf[:], uint64(n))
}

// decodeBody reads a body; the value shares its memory.
func decodeBody(digest clock.Digest, size int, body []byte) (*node.Content, error) {
	r := reader{rest: body}
	c := &node.Content{Digest: digest, Size: size, Type: string(r.bytes()), Encoding: string(r.bytes())}
	if n := r.count(2); n > 0 {
		c.Meta = make([]node.Meta, n)
		for i := range c.Meta {
			c.Meta[i] = node.Meta{Name: string(r.bytes()), Value: string(r.bytes())}
		}
	}
	c.Value = r.rest
	total := len(c.Value) + len(c.Type) + len(c.Encoding)
	for _, m := range c.Meta {
		total += len(m.Name) + len(m.Value)
	}
	if r.failed || total != size {
		return nil, fmt.Errorf("%w: content %x does not have its form", node.ErrDamaged, digest)
	}
	return c, nil
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// chunksOf is the number of chunks that a body of that length lies in.
func chunksOf(length int) int { return (length + chunkBytesMax - 1) / chunkBytesMax }

// chunk gives the i-th piece of a body.
func chunk(body []byte, i int) []byte {
	return body[i*chunkBytesMax : min((i+1)*chunkBytesMax, len(body))]
}
