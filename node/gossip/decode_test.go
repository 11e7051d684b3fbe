package gossip

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares bytes with a file of testdata, in hexadecimal digits.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".hex")
	var lines strings.Builder
	for line := range bytesChunks(got, 32) {
		lines.WriteString(hex.EncodeToString(line) + "\n")
	}
	if *update {
		if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines.String() != string(want) {
		t.Fatalf("the encoding is no longer that of %s: raise its version\n%s", path, lines.String())
	}
}

func bytesChunks(b []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := min(size, len(b))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// goldenStates are all kinds of state in a few bytes.
func goldenStates() map[string]State {
	s := newSource(1)
	rivals := State{births: mergeBirths(
		[]Birth{must(newBirth(s, testMembers(1, 2), 4, 2))},
		[]Birth{must(newBirth(s, testMembers(2, 3), 4, 2))})}
	served := State{births: []Birth{must(newBirth(s, testMembers(1, 2), 4, 2))}}.advance(1).advance(2)
	served = served.withLayout(must(ring.Next(served.Layout(), testMembers(1, 2, 3)))).advance(1)
	wide := node.DefaultProps(5)
	wide.ExplicitN = true
	served = served.withBucket("carts", node.DefaultProps(3), 1700000000000).withBucket("wide", wide, 1700000000001)
	return map[string]State{"state-empty": {}, "state-rivals": rivals.advance(2), "state-served": served}
}

func TestTheEncodingOfAStateIsThatOfTheGoldenFiles(t *testing.T) {
	for name, s := range goldenStates() {
		golden(t, name, s.Encode())
	}
}

func TestAStateThatIsDamagedAnywhereIsRefused(t *testing.T) {
	for name, s := range goldenStates() {
		encoded := s.Encode()
		for cut := range encoded {
			if _, err := DecodeState(encoded[:cut]); !errors.Is(err, ErrMalformed) {
				t.Fatalf("%s cut to %d bytes: %v", name, cut, err)
			}
		}
		if _, err := DecodeState(append(s.Encode(), 0)); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%s with a byte more: %v", name, err)
		}
		for i := range encoded {
			flipped := s.Encode()
			flipped[i] ^= 1
			if got, err := DecodeState(flipped); err == nil && !bytes.Equal(got.Encode(), flipped) {
				t.Fatalf("%s with another byte %d was read as something that is written otherwise", name, i)
			}
		}
	}
}

func FuzzDecodeState(f *testing.F) {
	for _, s := range goldenStates() {
		f.Add(s.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeState(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(s.Encode(), b) {
			t.Fatal("it was read and is written otherwise")
		}
		if !s.Merge(s).Equal(s) {
			t.Fatal("merging it with itself changes it")
		}
	})
}
