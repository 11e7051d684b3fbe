package peer

import (
	"bytes"
	"errors"
	"testing"

	"github.com/kindreddb/kindred/node"
)

// Whatever a decoder takes is what the encoder would have written.
func FuzzDecodeFrame(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(AppendFrame(nil, node.Frame{Layout: 300, Step: 1, Body: s.message}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := DecodeFrame(b)
		if err != nil {
			if !errors.Is(err, node.ErrMalformed) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if again := AppendFrame(nil, frame); !bytes.Equal(again, b) {
			t.Fatalf("took %x, which would be written as %x", b, again)
		}
	})
}

func FuzzDecodeMessage(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(AppendMessage(nil, s.message))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeMessage(b)
		if err != nil {
			if !errors.Is(err, node.ErrMalformed) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if again := AppendMessage(nil, m); !bytes.Equal(again, b) {
			t.Fatalf("took %x, which would be written as %x", b, again)
		}
	})
}
