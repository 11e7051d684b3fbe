package gossip

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/kindreddb/kindred/ring"
)

// Every stream between two nodes begins with a handshake, before memberlist reads a byte of it:
//
//	caller                                        called
//	greeting: magic, versions, secret?, nonce ──▶
//	                                          ◀── greeting
//	hello: purpose, profile, MAC              ──▶
//	                                          ◀── verdict, profile, MAC
//
// The greeting has one form for ever, so that any two versions can name each other. With a secret each side
// proves that it has it by a MAC over both nonces, its role and all that was said; the called one tells
// nothing of itself before. The handshake authenticates and does not hide: names, ids and addresses are
// readable; what follows it, states with their keys included, memberlist encrypts.
const (
	helloMagic    = "KDRG"
	greetingBytes = len(helloMagic) + 3 + 16
	flagSecret    = 1
	helloBytesMax = 1 + profileBytesMax
	// answerBytesMax leaves room for a detail that names two nodes.
	answerBytesMax  = 1 + 1 + 8 + 2 + detailBytesMax + 2 + addressBytesMax + profileBytesMax
	addressBytesMax = hostBytesMax + 8
	detailBytesMax  = 1024
	callerSide      = "caller"
	calledSide      = "called"
	macBytes        = sha256.Size
	frameHeadBytes  = 2
	protocolOldest  = 1
	protocolCurrent = 1
)

// purpose is why a node calls.
type purpose uint8

// The numbers are part of the protocol.
const (
	traffic purpose = iota // memberlist's own: the stream goes on after a welcome
	visit                  // to be judged
	probe                  // to see who answers; nobody is judged
)

// errStranger is a stream that does not begin as one of ours.
var errStranger = errors.New("gossip: what answers there does not speak this protocol")

// greeting opens a handshake.
type greeting struct {
	oldest, newest uint8
	secret         bool
	nonce          [16]byte
}

func (g greeting) append(b []byte) []byte {
	b = append(b, helloMagic...)
	flags := byte(0)
	if g.secret {
		flags = flagSecret
	}
	b = append(b, g.oldest, g.newest, flags)
	return append(b, g.nonce[:]...)
}

// readGreeting reads the other side's, and gives its bytes too.
func readGreeting(r io.Reader) (greeting, []byte, error) {
	raw := make([]byte, greetingBytes)
	if _, err := io.ReadFull(r, raw[:len(helloMagic)]); err != nil {
		return greeting{}, nil, fmt.Errorf("gossip: no greeting came: %w", err)
	}
	if string(raw[:len(helloMagic)]) != helloMagic {
		return greeting{}, nil, errStranger
	}
	if _, err := io.ReadFull(r, raw[len(helloMagic):]); err != nil {
		return greeting{}, nil, fmt.Errorf("gossip: half a greeting came: %w", err)
	}
	rest := raw[len(helloMagic):]
	return greeting{rest[0], rest[1], rest[2]&flagSecret != 0, [16]byte(rest[3:])}, raw, nil
}

// speaks is what both sides must agree on before they go on: nil, or why they do not. mine is this node's.
func (g greeting) speaks(mine greeting, address string) *RefusedError {
	switch {
	case g.newest < mine.oldest || g.oldest > mine.newest:
		return &RefusedError{OtherVersion, address, fmt.Sprintf("it speaks the protocol versions %d to %d and this node %d to %d",
			g.oldest, g.newest, mine.oldest, mine.newest)}
	case g.secret && !mine.secret:
		return &RefusedError{WrongSecret, address, "it has a secret and this node none"}
	case !g.secret && mine.secret:
		return &RefusedError{WrongSecret, address, "it has no secret and this node has one"}
	}
	return nil
}

// appendFrame writes length, body and the body's MAC.
func appendFrame(b, body []byte, mac [macBytes]byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return append(append(b, body...), mac[:]...)
}

// readFrame reads a body of at most limit bytes and its MAC.
func readFrame(r io.Reader, limit int) (body []byte, mac [macBytes]byte, err error) {
	var head [frameHeadBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, mac, fmt.Errorf("gossip: the handshake was broken off: %w", err)
	}
	size := int(binary.BigEndian.Uint16(head[:]))
	if size > limit {
		return nil, mac, fmt.Errorf("%w handshake: %d bytes: %d is the most", ErrMalformed, size, limit)
	}
	raw := make([]byte, size+macBytes)
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, mac, fmt.Errorf("gossip: the handshake was broken off: %w", err)
	}
	return raw[:size], [macBytes]byte(raw[size:]), nil
}

func sameMAC(a, b [macBytes]byte) bool { return hmac.Equal(a[:], b[:]) }

// appendHello writes what a caller says.
func appendHello(b []byte, why purpose, p profile) []byte { return p.append(append(b, byte(why))) }

func decodeHello(b []byte) (purpose, profile, error) {
	r := reader{rest: b}
	why := purpose(r.byte("purpose"))
	if why > probe {
		r.fail("purpose %d", why)
	}
	p := r.profile()
	return why, p, r.done("hello")
}

// appendAnswer writes a verdict and who gives it.
func appendAnswer(b []byte, v verdict, p profile) []byte {
	b = append(b, byte(v.kind), byte(v.reason))
	b = binary.BigEndian.AppendUint64(b, uint64(v.id))
	b = appendString(b, v.detail[:min(len(v.detail), detailBytesMax)])
	b = appendString(b, v.at)
	return p.append(b)
}

func decodeAnswer(b []byte) (verdict, profile, error) {
	r := reader{rest: b}
	v := verdict{kind: kind(r.byte("verdict")), reason: Reason(r.byte("reason"))}
	v.id = ring.NodeID(r.uint64("id"))
	v.detail = r.string("detail", detailBytesMax)
	v.at = r.string("address", addressBytesMax)
	if v.kind >= look || (v.kind == refused) != (v.reason != 0) || (v.kind == take) != (v.id != 0) {
		r.fail("verdict %d with reason %d and id %d", v.kind, v.reason, v.id)
	}
	if _, _, err := splitAddress(v.at); err != nil || v.at != "" && v.kind != later {
		r.fail("the address %q", v.at)
	}
	p := r.profile()
	return v, p, r.done("verdict")
}
