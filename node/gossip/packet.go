package gossip

import "encoding/binary"

// A packet: magic (2) · version (1) · cluster, or 0 before the birth (8, big endian) · memberlist's bytes.
// The header keeps out what strays in from elsewhere and from other clusters, before anything is parsed; it
// is no protection: that is the secret's business.
const (
	packetMagic     = "KG"
	packetVersion   = 1
	packetHeadBytes = len(packetMagic) + 1 + 8
)

// sealPacket puts the header before a packet; the result is the caller's.
func sealPacket(b []byte, cluster uint64) []byte {
	sealed := make([]byte, 0, packetHeadBytes+len(b))
	sealed = append(append(sealed, packetMagic...), packetVersion)
	sealed = binary.BigEndian.AppendUint64(sealed, cluster)
	return append(sealed, b...)
}

// openPacket takes the header off, unless the packet is none of ours: then ok is false. A node without a
// cluster talks to those with any, so that it can be taken in.
func openPacket(b []byte, cluster uint64) (body []byte, ok bool) {
	if len(b) <= packetHeadBytes || string(b[:len(packetMagic)]) != packetMagic || b[len(packetMagic)] != packetVersion {
		return nil, false
	}
	theirs := binary.BigEndian.Uint64(b[len(packetMagic)+1:])
	return b[packetHeadBytes:], theirs == cluster || theirs == 0 || cluster == 0
}
