package folder

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func clockActor(a uint64) clock.Actor { return clock.Actor(a) }

var (
	someIdentity = Identity{
		Node: 0x1234, Name: "n1", Cluster: 0xfeed, Partitions: 256,
		Created: time.UnixMilli(1700000000000).UTC(), Mark: Mark{2049, 77, 1700000000123456789},
	}
	someFacts = facts{true, map[node.Range]bool{{Partition: 9, N: 3}: true, {Partition: 1, N: 5}: true}}
	someActor = actors.Entry{Range: node.Range{Partition: 200, N: 3}, Actor: 0xa1b2c3d4, Bound: 5000}
	aWitness  = Witness{Database: 0xd00d, Commits: 123456, Open: true}
)

func TestFormatsAreThoseOfTheGoldenFiles(t *testing.T) {
	identity, err := encodeIdentity(someIdentity)
	if err != nil {
		t.Fatal(err)
	}
	known, err := encodeFacts(someFacts)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"identity": identity, "facts": known,
		"actors": encodeActor(nil, 7, someActor), "witness": encodeWitness(8, aWitness),
	} {
		path, got := filepath.Join("testdata", name+".hex"), []byte(hex.Dump(b))
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is written as\n%s, want\n%s, %v", name, got, want, err)
		}
	}
	if id, err := decodeIdentity(identity); err != nil || id != someIdentity {
		t.Errorf("the identity came back as %+v, %v", id, err)
	}
	if fs, err := decodeFacts(known); err != nil || !fs.complete || len(fs.exceptions) != 2 {
		t.Errorf("the facts came back as %+v, %v", fs, err)
	}
	if last, n, err := decodeActors(encodeActor(nil, 7, someActor)); err != nil || n != 7 || last[someActor.Range] != someActor {
		t.Errorf("the actor came back as %+v, %v", last, err)
	}
	if n, w, err := decodeWitness(encodeWitness(8, aWitness)); err != nil || n != 8 || w != aWitness {
		t.Errorf("the witness came back as %+v, %v", w, err)
	}
}

func FuzzIdentity(f *testing.F) {
	b, _ := encodeIdentity(someIdentity)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if id, err := decodeIdentity(b); err == nil && id.Node == 0 {
			t.Error("an identity without a node")
		}
	})
}

func FuzzFacts(f *testing.F) {
	b, _ := encodeFacts(someFacts)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if fs, err := decodeFacts(b); err == nil && fs.exceptions == nil {
			t.Error("facts without a map")
		}
	})
}

func FuzzWitness(f *testing.F) {
	f.Add(encodeWitness(8, aWitness))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, w, err := decodeWitness(b)
		if err == nil && !bytes.HasPrefix(b, encodeWitness(n, w)) {
			t.Errorf("%x was read as %d, %+v", b, n, w)
		}
	})
}

func FuzzActors(f *testing.F) {
	f.Add(encodeActor(encodeActor(nil, 1, someActor), 2, actors.Entry{Range: someActor.Range}))
	f.Fuzz(func(t *testing.T, b []byte) {
		last, _, err := decodeActors(b)
		if err == nil && len(last) > len(b)/actorsEntry {
			t.Errorf("%d bytes gave %d entries", len(b), len(last))
		}
	})
}
