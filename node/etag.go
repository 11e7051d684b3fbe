package node

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/kindreddb/kindred/clock"
)

// ETag identifies an exact set of visible versions.
type ETag [16]byte

// ETagOf is the tag of what a reader of the set is shown. It has no meaning where nothing is visible.
func ETagOf(s clock.Set) ETag {
	var buf []byte
	for _, v := range s.Visible() {
		buf = binary.BigEndian.AppendUint64(buf, uint64(v.Dot.Actor))
		buf = binary.BigEndian.AppendUint64(buf, v.Dot.Counter)
		buf = append(buf, v.Content[:]...)
	}
	sum := sha256.Sum256(buf)
	return ETag(sum[:len(ETag{})])
}

// String gives 32 hexadecimal digits, without quotes.
func (t ETag) String() string { return hex.EncodeToString(t[:]) }

// ParseETag reads what String wrote.
func ParseETag(s string) (ETag, error) {
	var t ETag
	if len(s) != hex.EncodedLen(len(t)) {
		return ETag{}, fmt.Errorf("%q is no entity tag of this server", s)
	}
	if _, err := hex.Decode(t[:], []byte(s)); err != nil || t.String() != s {
		return ETag{}, fmt.Errorf("%q is no entity tag of this server", s)
	}
	return t, nil
}
