package storage

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/envelope"
	"github.com/kindreddb/kindred/storage/trees"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// someRecord has everything that a record may have.
func someRecord() record {
	small := node.NewContent([]byte("a value"), "text/plain", "gzip", []node.Meta{{Name: "b", Value: "2"}, {Name: "a", Value: "1"}})
	large := value(1, 5000)
	r := record{
		since:   clock.Dot{Actor: 0xa1, Counter: 40},
		targets: []ring.NodeID{3, 0x1234567890},
		versions: clock.Set{
			{Dot: clock.Dot{Actor: 0xa1, Counter: 41}, After: 40, Content: large.Digest, Coordinator: 7, Wall: 1700000000000},
			{Dot: clock.Dot{Actor: 0xb2, Counter: 9}, After: 3, Past: clock.Of(0xa1, clock.Run{After: 1, Upto: 5}), Content: small.Digest},
			{Dot: clock.Dot{Actor: 0xc3, Counter: 1}, Tombstone: true},
		},
		contents: []stored{
			{digest: small.Digest, size: small.Size, length: bodyLength(small), content: small},
			{digest: large.Digest, size: large.Size, length: bodyLength(large), chunked: true},
		},
	}
	if bytes.Compare(small.Digest[:], large.Digest[:]) > 0 {
		r.contents[0], r.contents[1] = r.contents[1], r.contents[0]
	}
	return r
}

func TestFormatsAreThoseOfTheGoldenFiles(t *testing.T) {
	payload, err := someRecord().encode(recordBytesMax)
	if err != nil {
		t.Fatal(err)
	}
	key, r := node.NewKey("fruit", "apple", 3), node.Range{Partition: 200, N: 3}
	var keys strings.Builder
	for _, k := range [][]byte{
		recordKey(key), chunkKey(key, clock.Digest{1, 2, 3}, 4), listingKey(key), hintKey(0x77, key), seenKey(r, 0xa1),
		rangeKey(r), targetKey(0x77), sweepKey(key), rootsKey, leafKey(r, 63), metaKey,
	} {
		keys.WriteString(hex.Dump(k))
	}
	for name, b := range map[string][]byte{
		"record.hex":  []byte(hex.Dump(seal(recordKey(key), payload))),
		"keys.hex":    []byte(keys.String()),
		"meta.hex":    []byte(hex.Dump(meta{database: 0xd00d, commits: 77, damaged: 2}.encode())),
		"leaf.hex":    []byte(hex.Dump(leafPut(trees.Leaf{Range: r, Leaf: antientropy.Leaf{Index: 63, Sum: antientropy.Sum{1, 2, 3}}}).value)),
		"roots.hex":   []byte(hex.Dump(rootsOf(antientropy.Secret{1}, 256).encode())),
		"figures.hex": []byte(hex.Dump(figuresPut(rangeKey(r), figures{3, 4000}).value)),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s is\n%s, want\n%s, %v", name, b, want, err)
		}
	}
	got, err := decodeRecord(payload)
	if err != nil || !reflect.DeepEqual(got, someRecord()) {
		t.Errorf("the record came back as %+v, %v", got, err)
	}
}

func TestBodiesComeBackAndTellTheirLength(t *testing.T) {
	for _, c := range []*node.Content{
		node.NewContent(nil, "", "", nil),
		node.NewContent([]byte("x"), "", "", nil),
		node.NewContent(bytes.Repeat([]byte("x"), 300), strings.Repeat("t", 200), "gzip", []node.Meta{{Name: "n", Value: strings.Repeat("v", 500)}, {}}),
	} {
		body := encodeBody(c)
		if len(body) != bodyLength(c) {
			t.Errorf("a body of %d bytes was said to have %d", len(body), bodyLength(c))
		}
		got, err := decodeBody(c.Digest, c.Size, body)
		if err != nil || !got.Intact() || !bytes.Equal(got.Value, c.Value) || len(got.Meta) != len(c.Meta) {
			t.Errorf("%+v came back as %+v, %v", c, got, err)
		}
	}
}

func TestWhatCannotBeReadBackIsNotWritten(t *testing.T) {
	r := someRecord()
	r.versions = clock.Set{r.versions[1], r.versions[0], r.versions[2]}
	if _, err := r.encode(recordBytesMax); err == nil {
		t.Error("versions out of order were encoded")
	}
	r = someRecord()
	if _, err := r.encode(100); err == nil {
		t.Error("a record above the limit was encoded")
	}
	for _, k := range []node.Key{node.NewKey("b", "k", 0), node.NewKey("b", "k", 256), node.NewKey("b", strings.Repeat("k", nameBytesMax), 3)} {
		if checkKey(k) == nil {
			t.Errorf("a key of %d bytes with n=%d was taken", len(k.Name), k.N)
		}
	}
}

// TestNamesAreApart enumerates short names, in which lengths and names may be taken for each other.
func TestNamesAreApart(t *testing.T) {
	parts := []string{""}
	for _, a := range []string{"\x00", "\x01", "\x02", "a"} {
		parts = append(parts, a)
		for _, b := range []string{"\x00", "\x01", "a"} {
			parts = append(parts, a+b)
		}
	}
	seen := make(map[string]node.Key)
	for _, bucket := range parts {
		for _, name := range parts {
			for _, n := range []int{1, 3} {
				k := node.Key{Bucket: bucket, Name: name, N: n, Position: 7} // of one position, as of a collision
				b := appendName(nil, k)
				if got, err := parseName(b); err != nil || got != k {
					t.Fatalf("%+v came back as %+v, %v", k, got, err)
				}
				for other, o := range map[string]node.Key{string(b): k, string(listingKey(k)): k, string(contentsKey(k)): k} {
					if was, found := seen[other]; found && was != o {
						t.Fatalf("%+v and %+v share a key", was, o)
					}
					seen[other] = o
				}
			}
		}
	}
	for a := range seen {
		for b := range seen {
			if a != b && a[0] == prefixContent && strings.HasPrefix(b, a) {
				t.Fatalf("the contents of %+v lie among those of %+v", seen[b], seen[a])
			}
		}
	}
}

func FuzzRecord(f *testing.F) {
	payload, err := someRecord().encode(recordBytesMax)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			if !errors.Is(err, node.ErrDamaged) {
				t.Errorf("%v is not said to be damage", err)
			}
			return
		}
		if versions, err := versionsIn(b); err != nil || !bytes.Equal(versions, clock.AppendSet(nil, r.versions)) {
			t.Errorf("the versions in %x are found as %x, %v", b, versions, err)
		}
		again, err := r.encode(len(b))
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read and is written as %x, %v", b, again, err)
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add(appendName(nil, node.NewKey("fruit", "apple", 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := parseName(b); err == nil && !bytes.Equal(appendName(nil, k), b) {
			t.Errorf("%x was read as %+v", b, k)
		}
	})
}

func FuzzLog(f *testing.F) {
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		if first, last := commitsIn(b); first > last {
			t.Errorf("commits %d to %d", first, last)
		}
	})
}

func FuzzTableSum(f *testing.F) {
	f.Add([]byte{0x10, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		if sum, ok := tableSum(b); ok && len(b) == 0 && sum != 0 {
			t.Errorf("nothing has the sum %d", sum)
		}
	})
}

func FuzzLeaf(f *testing.F) {
	p := leafPut(trees.Leaf{Range: node.Range{Partition: 9, N: 3}, Leaf: antientropy.Leaf{Index: 63, Sum: antientropy.Sum{1}}})
	f.Add(p.key, p.value[envelope.Size:])
	f.Fuzz(func(t *testing.T, key, payload []byte) {
		if len(key) == 0 {
			return
		}
		key[0] = prefixLeaf
		l, err := parseLeaf(key, seal(key, payload))
		if err != nil {
			if !errors.Is(err, node.ErrDamaged) {
				t.Error(err)
			}
			return
		}
		if p := leafPut(l); !bytes.Equal(p.key, key) || p.value != nil && !bytes.Equal(p.value[envelope.Size:], payload) {
			t.Errorf("%x under %x was read as %+v", payload, key, l)
		}
	})
}

func FuzzFigures(f *testing.F) {
	r := node.Range{Partition: 9, N: 3}
	f.Add(rangeKey(r), []byte("0123456789abcdef"))
	f.Add(seenKey(r, 5), []byte("01234567"))
	f.Add(targetKey(5), []byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, key, payload []byte) {
		if len(key) == 0 {
			return
		}
		if err := newBooks().load(key, payload); err != nil && !errors.Is(err, node.ErrDamaged) {
			t.Error(err)
		}
	})
}

func ExampleOpen() {
	_, err := Open(context.Background(), Options{Interval: -1})
	fmt.Println(err)
	// Output:
	// options of the store: no folder
	// an interval of -1ns: up to a minute is allowed
}
