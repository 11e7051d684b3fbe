package gossip

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

// fullProfile has something in every field.
func fullProfile() profile {
	return profile{id: 0x1122334455667788, cluster: 0x99, nonce: 0xabcdef, started: 1700000000000, fresh: true, expect: 3, sees: 0x1234,
		oldest: 1, newest: 2, member: ring.Member{ID: 0x1122334455667788, Name: "n1", Zone: "rack 7", Capacity: 12}, version: "0.1.0",
		at: Addresses{Data: "127.0.0.1:8098", Admin: "127.0.0.1:8097", Peer: "[::1]:7947", Gossip: "db1.example.com:7946"}}
}

// wires are all encodings but the state's: golden bytes, and how they are read back to bytes.
func wires() map[string]struct {
	golden []byte
	again  func([]byte) ([]byte, error)
} {
	type wire = struct {
		golden []byte
		again  func([]byte) ([]byte, error)
	}
	g := &Gossip{cfg: Config{ID: 0x55}}
	empty := profile{id: 1, oldest: 1, newest: 1, member: ring.Member{ID: 1, Capacity: 1}}
	again := func(b []byte) ([]byte, error) { p, err := decodeProfile(b); return p.append(nil), err }
	return map[string]wire{
		"profile":       {fullProfile().append(nil), again},
		"profile-empty": {empty.append(nil), again},
		"hello": {appendHello(nil, visit, fullProfile()), func(b []byte) ([]byte, error) {
			why, p, err := decodeHello(b)
			return appendHello(nil, why, p), err
		}},
		"answer": {appendAnswer(nil, verdict{kind: later, detail: "why", at: "127.0.0.1:7946"}, fullProfile()), func(b []byte) ([]byte, error) {
			v, p, err := decodeAnswer(b)
			return appendAnswer(nil, v, p), err
		}},
		"greeting": {greeting{1, 2, true, [16]byte{1, 2, 3}}.append(nil), func(b []byte) ([]byte, error) {
			g, _, err := readGreeting(bytes.NewReader(b))
			if err != nil || len(b) != greetingBytes || b[6] > flagSecret {
				return nil, errStranger
			}
			return g.append(nil), nil
		}},
		"peers": {encodePeers(map[ring.NodeID]peer{1: {profile: empty}, fullProfile().id: {profile: fullProfile()}}), func(b []byte) ([]byte, error) {
			all, err := decodePeers(b)
			peers := map[ring.NodeID]peer{}
			for _, p := range all {
				peers[p.id] = peer{profile: p}
			}
			if err == nil && len(peers) != len(all) {
				err = ErrMalformed // the same node twice: harmless, and not what was written
			}
			return encodePeers(peers), err
		}},
		"packet": {sealPacket([]byte("hi"), 0x77), func(b []byte) ([]byte, error) {
			body, ok := openPacket(b, 0x77)
			if !ok {
				return nil, errStranger
			}
			return sealPacket(body, 0x77), nil
		}},
		"message-changed": {append(g.message(messageChanged), make([]byte, 16)...), nil},
		"message-rival":   {appendString(g.message(messageRival), "127.0.0.1:7946"), nil},
		"message-leaving": {append(g.message(messageLeaving), 0, 0, 0, 0, 0, 0, 0, 9), nil},
	}
}

func TestTheEncodingsOnTheWireAreThoseOfTheGoldenFiles(t *testing.T) {
	for name, w := range wires() {
		golden(t, name, w.golden)
		if w.again == nil {
			continue
		}
		if got, err := w.again(w.golden); err != nil || !bytes.Equal(got, w.golden) && name != "peers" {
			t.Errorf("%s is read as %x: %v", name, got, err)
		}
		for cut := range w.golden {
			if _, err := w.again(w.golden[:cut]); err == nil && (name != "packet" || cut <= packetHeadBytes) {
				t.Errorf("%s cut to %d bytes was read", name, cut)
			}
		}
	}
}

func FuzzDecodeWires(f *testing.F) {
	names := []string{"profile", "hello", "answer", "greeting", "peers", "packet"}
	for i, name := range names {
		f.Add(byte(i), wires()[name].golden)
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		name := names[int(which)%len(names)]
		got, err := wires()[name].again(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, errStranger) {
				t.Fatalf("%s: %v", name, err)
			}
			return
		}
		if name == "packet" || name == "peers" {
			return // a packet of an unborn node is written otherwise; so is a list that was not in order
		}
		if !bytes.Equal(got, b) {
			t.Fatalf("%s: %x is written as %x", name, b, got)
		}
	})
}

func FuzzHeard(f *testing.F) {
	g := &Gossip{cfg: Config{ID: 0x55}}
	f.Add(append(g.message(messageChanged), make([]byte, 16)...))
	f.Add(append(g.message(messageLeaving), 0, 0, 0, 0, 0, 0, 0, 1))
	f.Add(appendString(g.message(messageRival), "127.0.0.1:7946"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := &Gossip{cfg: Config{ID: 0x56}}
		h.spread.init(h)
		h.seeker.init(nil)
		h.heard(b)
	})
}

func TestTheLongestProfileFitsIntoWhatMemberlistCarries(t *testing.T) {
	p := fullProfile()
	p.member.Name, p.member.Zone, p.version = strings.Repeat("n", nameBytesMax), strings.Repeat("z", zoneBytesMax), strings.Repeat("v", versionBytesMax)
	host := strings.Repeat("h", hostBytesMax-4) + ".com:65535"
	p.at = Addresses{host, host, host, host}
	if n := len(p.append(nil)); n > profileBytesMax {
		t.Fatalf("%d bytes", n)
	}
	if got, err := decodeProfile(p.append(nil)); err != nil || got != p {
		t.Fatalf("%+v %v", got, err)
	}
}
