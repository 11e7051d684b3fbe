package clock

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrToken is wrapped by every error of Sealer.Open: the token is none that this cluster gave out for this
// key. The client must read the key anew and use the token of that answer.
var ErrToken = errors.New("clock: not a valid context token")

// A token is base64, URL-safe and without padding, of
//
//	version byte, key id, MAC (16 bytes), body of the clock (see encodingVersion)
//
// The MAC is HMAC-SHA256, cut to 16 bytes, over a label, the version, the key id, the cluster's id, bucket
// and key (each behind its length) and the body.
const (
	tokenVersion  = 1
	tokenMACBytes = 16
	tokenHead     = 2 + tokenMACBytes
	tokenLabel    = "kindred context token\n"
)

// TokenCharsMax is the longest token that Open looks at: no header block is larger.
const TokenCharsMax = 32 << 10

// strict refuses bits behind the last byte; that it skips line ends, Open makes up for.
var strict = base64.RawURLEncoding.Strict()

// TokenKey is a secret that authenticates tokens, and the id by which tokens name it.
type TokenKey struct {
	ID     byte
	Secret [32]byte
}

// String gives the id alone, so that no log ever shows a secret.
func (k TokenKey) String() string { return fmt.Sprintf("token key %d", k.ID) }

// GoString is String.
func (k TokenKey) GoString() string { return k.String() }

// Sealer makes and opens the context tokens of one cluster. It is immutable, and safe for concurrent use.
type Sealer struct {
	cluster uint64
	current byte
	secrets map[byte][]byte
}

// NewSealer makes a Sealer that seals with the current key and opens with it or any of the accepted ones. A
// key that repeats another's id with another secret, or has no secret, is an error. How long an old key is
// accepted is for the caller to say.
func NewSealer(cluster uint64, current TokenKey, accepted ...TokenKey) (*Sealer, error) {
	s := &Sealer{cluster: cluster, current: current.ID, secrets: make(map[byte][]byte)}
	for _, k := range append([]TokenKey{current}, accepted...) {
		if k.Secret == [32]byte{} {
			return nil, fmt.Errorf("clock: %s has no secret: draw 32 random bytes", k)
		}
		if other, taken := s.secrets[k.ID]; taken && !slices.Equal(other, k.Secret[:]) {
			return nil, fmt.Errorf("clock: two secrets for %s: give each key an id of its own", k)
		}
		s.secrets[k.ID] = slices.Clone(k.Secret[:])
	}
	return s, nil
}

// Seal gives the token of what a client has seen of the key. A clock that does not fit (see Clock.Fits)
// gets a token that nobody will open.
func (s *Sealer) Seal(bucket, key string, c Clock) string {
	b := make([]byte, tokenHead, 128)
	b[0], b[1] = tokenVersion, s.current
	b = appendBody(b, c)
	copy(b[2:], s.mac(s.secrets[s.current], bucket, key, b))
	return strict.EncodeToString(b)
}

// Open gives back the clock that Seal was given for the same bucket and key in the same cluster. All other
// tokens are refused with an error that wraps ErrToken and says why; the token itself is not in it.
func (s *Sealer) Open(bucket, key string, token string) (Clock, error) {
	if len(token) > TokenCharsMax {
		return Clock{}, fmt.Errorf("%w: %d characters, and %d are allowed", ErrToken, len(token), TokenCharsMax)
	}
	if strings.ContainsAny(token, "\r\n") {
		return Clock{}, fmt.Errorf("%w: it holds a line end", ErrToken)
	}
	b, err := strict.DecodeString(token)
	switch {
	case err != nil:
		return Clock{}, fmt.Errorf("%w: truncated or altered: %w", ErrToken, err)
	case len(b) <= tokenHead:
		return Clock{}, fmt.Errorf("%w: truncated: %d characters are less than any token has", ErrToken, len(token))
	case b[0] != tokenVersion:
		return Clock{}, fmt.Errorf("%w: version %d, and this node reads %d", ErrToken, b[0], tokenVersion)
	}
	secret, known := s.secrets[b[1]]
	if !known {
		return Clock{}, fmt.Errorf("%w: sealed with key %d, which is not, or no longer, known here", ErrToken, b[1])
	}
	genuine := hmac.Equal(b[2:tokenHead], s.mac(secret, bucket, key, b))
	d := &decoder{rest: b[tokenHead:], size: len(b) - tokenHead}
	c := d.body()
	if len(d.rest) > 0 {
		d.fail("bytes behind the last run")
	}
	switch {
	case d.err != nil:
		return Clock{}, fmt.Errorf("%w: truncated or altered", ErrToken)
	case !genuine:
		return Clock{}, fmt.Errorf("%w: altered, or of another bucket, key or cluster", ErrToken)
	}
	return c, nil
}

// mac authenticates the token b, whose own place for the MAC is left out.
func (s *Sealer) mac(secret []byte, bucket, key string, b []byte) []byte {
	head := make([]byte, 0, 320)
	head = append(head, tokenLabel...)
	head = append(head, b[0], b[1])
	head = binary.BigEndian.AppendUint64(head, s.cluster)
	head = append(binary.AppendUvarint(head, uint64(len(bucket))), bucket...)
	head = append(binary.AppendUvarint(head, uint64(len(key))), key...)
	h := hmac.New(sha256.New, secret)
	h.Write(head)
	h.Write(b[tokenHead:])
	return h.Sum(nil)[:tokenMACBytes]
}
