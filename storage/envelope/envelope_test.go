package envelope

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestWhatWasSealedIsOpened(t *testing.T) {
	for _, payload := range [][]byte{nil, {0}, []byte("payload"), bytes.Repeat([]byte{0xff}, 1<<16)} {
		sealed := Seal([]byte("before"), 'R', 3, []byte("name"), payload)
		got, version, err := Open('R', 4, []byte("name"), sealed[len("before"):])
		if err != nil || version != 3 || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes came back as %d of version %d, %v", len(payload), len(got), version, err)
		}
	}
}

func TestEveryDamageIsNoticed(t *testing.T) {
	name, sealed := []byte("name"), Seal(nil, 'R', 1, []byte("name"), []byte("some payload"))
	refused := func(what string, name, b []byte) {
		t.Helper()
		if payload, _, err := Open('R', 1, name, b); !errors.Is(err, ErrDamaged) || payload != nil {
			t.Errorf("%s: %q, %v", what, payload, err)
		}
	}
	for n := range sealed {
		refused("cut short", name, sealed[:n])
		for bit := range 8 {
			flipped := bytes.Clone(sealed)
			flipped[n] ^= 1 << bit
			refused("a bit flipped", name, flipped)
		}
	}
	refused("longer", name, append(bytes.Clone(sealed), 0))
	refused("under another name", []byte("game"), sealed)
	refused("of another kind", name, Seal(nil, 'S', 1, name, []byte("some payload")))
	refused("zeros", name, make([]byte, 64))
	if _, _, err := Open('R', 1, name, Seal(nil, 'R', 2, name, nil)); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer version gave %v", err)
	}
}

func TestTheFormatIsThatOfTheGoldenFile(t *testing.T) {
	got := []byte(hex.Dump(Seal(nil, 'R', 1, []byte("a name"), []byte("the payload"))))
	path := filepath.Join("testdata", "envelope.hex")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("sealed as\n%s, want\n%s, %v", got, want, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("name"), []byte(nil))
	f.Add([]byte("name"), Seal(nil, 'R', 1, []byte("name"), []byte("payload")))
	f.Fuzz(func(t *testing.T, name, b []byte) {
		payload, version, err := Open('R', 9, name, b)
		if err != nil {
			return
		}
		if again := Seal(nil, 'R', version, name, payload); !bytes.Equal(again, b) {
			t.Errorf("%x was opened and is sealed as %x", b, again)
		}
	})
}
