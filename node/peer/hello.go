package peer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/kindreddb/kindred/ring"
)

// The first bytes of each side are the magic; then follow records: type (1 byte), length (2), body. Nothing
// but these is read before the handshake is done. Their form never changes; later versions may add fields
// behind those of a hello, which earlier ones skip.
const magic = "KINDRED\x01"

// The types of records.
const (
	recordHello   = 1 // both sides, first
	recordProof   = 2 // the dialling side: it knows the secret
	recordWelcome = 3 // the accepting side: it knows the secret too, and all is well
	recordRefusal = 4 // either: reason (1 byte), detail
)

const (
	recordBytesMax = 1024
	nameBytesMax   = 255
	nonceBytes     = 32
)

// The versions of the protocol behind the handshake that this program speaks.
const (
	versionMin = 1
	versionMax = 1
)

// hello is what a side says of itself.
type hello struct {
	VersionMin, VersionMax uint16
	Cluster                uint64 // 0: not yet
	ID                     ring.NodeID
	Expects                ring.NodeID // whom the dialling side means to reach; 0: whoever answers
	HasSecret              bool
	Nonce                  [nonceBytes]byte
	Name, Program          string
}

// String names the node for people. What came from outside is quoted.
func (h hello) String() string { return fmt.Sprintf("%q (id %s, program %q)", h.Name, h.ID, h.Program) }

// version is the highest that both speak, 0 where there is none.
func (h hello) version(o hello) uint16 {
	if v := min(h.VersionMax, o.VersionMax); v >= max(h.VersionMin, o.VersionMin) {
		return v
	}
	return 0
}

// append appends the body of a hello's record.
func (h hello) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, h.VersionMin)
	dst = binary.BigEndian.AppendUint16(dst, h.VersionMax)
	dst = binary.BigEndian.AppendUint64(dst, h.Cluster)
	dst = appendID(dst, h.ID)
	dst = appendID(dst, h.Expects)
	dst = appendFlags(dst, h.HasSecret)
	dst = append(dst, h.Nonce[:]...)
	dst = append(append(dst, byte(len(h.Name))), h.Name...)
	return append(append(dst, byte(len(h.Program))), h.Program...)
}

// parseHello reads the body of a hello's record. Fields that later versions put behind are skipped.
func parseHello(b []byte) (hello, error) {
	d := decoder{rest: b, size: len(b)}
	h := hello{VersionMin: d.uint16(), VersionMax: d.uint16(), Cluster: d.uint64(), ID: d.id(), Expects: d.id()}
	h.HasSecret = d.byte()&1 == 1
	copy(h.Nonce[:], d.take(nonceBytes))
	h.Name = string(d.take(int(d.byte())))
	h.Program = string(d.take(int(d.byte())))
	if h.ID == 0 {
		d.fail("a node without an id")
	}
	return h, d.err
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func appendRecord(dst []byte, kind byte, body []byte) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, kind), uint16(len(body)))
	return append(dst, body...)
}

// readRecord reads exactly one record: not a byte of what follows it.
func readRecord(r io.Reader) (kind byte, body []byte, err error) {
	var head [3]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint16(head[1:]))
	if n > recordBytesMax {
		return 0, nil, fmt.Errorf("a record of %d bytes, and %d are allowed", n, recordBytesMax)
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return head[0], body, err
}

// readHello reads magic and hello. raw is the hello's body, for the proofs.
func readHello(r io.Reader) (h hello, raw []byte, err error) {
	var got [len(magic)]byte
	if _, err := io.ReadFull(r, got[:]); err != nil {
		return hello{}, nil, err
	}
	if !bytes.Equal(got[:], []byte(magic)) {
		return hello{}, nil, &RefusedError{
			Reason: OtherProtocol,
			Detail: fmt.Sprintf("the other side began with %q; is the address that of a peer listener?", got[:]),
		}
	}
	kind, raw, err := readRecord(r)
	if err != nil {
		return hello{}, nil, err
	}
	if kind != recordHello {
		return hello{}, nil, errors.New("no hello behind the magic")
	}
	h, err = parseHello(raw)
	return h, raw, err
}

func parseRefusal(body []byte) *RefusedError {
	if len(body) == 0 {
		return &RefusedError{Told: true}
	}
	return &RefusedError{Reason: Reason(body[0]), Detail: printable(body[1:]), Told: true}
}

// printable makes one line of what came from outside.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, string(b))
}

func appendRefusal(dst []byte, e *RefusedError) []byte {
	detail := e.Detail[:min(len(e.Detail), recordBytesMax-1)]
	return appendRecord(dst, recordRefusal, append([]byte{byte(e.Reason)}, detail...))
}
