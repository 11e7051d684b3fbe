package gossip

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// secretBytesMin is the least that a cluster's secret may have.
const secretBytesMin = 16

// keys are what a cluster's secret is made into. Without a secret both are nil: then everything, the keys
// that contexts and trees are made with included, crosses the network in plain.
type keys struct {
	packets []byte // memberlist's, AES-256
	hello   []byte // of the MACs in a handshake
}

func deriveKeys(secret []byte) (keys, error) {
	if len(secret) == 0 {
		return keys{}, nil
	}
	packets, err := hkdf.Key(sha256.New, secret, nil, "kindred gossip packets v1", 32)
	if err != nil {
		return keys{}, err
	}
	hello, err := hkdf.Key(sha256.New, secret, nil, "kindred gossip hello v1", 32)
	return keys{packets, hello}, err
}

// mac authenticates what one side of a handshake said; zeros without a key.
func mac(key []byte, side string, parts ...[]byte) [sha256.Size]byte {
	if key == nil {
		return [sha256.Size]byte{}
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(side))
	for _, p := range parts {
		h.Write(p)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
