package ring

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/spaolacci/murmur3"
)

// murmur is murmur3 x64-128 with seed 0, written down once more from its description: whole blocks, then
// the rest padded with zeros.
func murmur(data []byte) (h1, h2 uint64) {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	size := uint64(len(data))
	whole := len(data) / 16 * 16
	padded := append(append([]byte(nil), data...), make([]byte, 16)...)
	for i := 0; i <= whole; i += 16 {
		k1 := bits.RotateLeft64(binary.LittleEndian.Uint64(padded[i:])*c1, 31) * c2
		k2 := bits.RotateLeft64(binary.LittleEndian.Uint64(padded[i+8:])*c2, 33) * c1
		h1 ^= k1
		if i < whole {
			h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		}
		h2 ^= k2
		if i < whole {
			h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
		}
	}
	h1, h2 = h1^size, h2^size
	h1 += h2
	h2 += h1
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	return h1, h2 + h1
}

func TestTheHashIsMurmur3(t *testing.T) {
	// Value published with many implementations, the first being the reference's.
	const text = "The quick brown fox jumps over the lazy dog"
	if h1, h2 := murmur3.Sum128([]byte(text)); fmt.Sprintf("%016x%016x", h1, h2) != "e34bbc7bbc071b6c7a433ca9c49a9347" {
		t.Errorf("%q has the hash %016x%016x", text, h1, h2)
	}
	const seed = 9
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		bucket, key := make([]byte, r.IntN(256)), make([]byte, r.IntN(1025))
		for _, s := range [][]byte{bucket, key} {
			for i := range s {
				s[i] = byte(r.Uint32())
			}
		}
		input := append(append(binary.AppendUvarint(nil, uint64(len(bucket))), bucket...), key...)
		if want, _ := murmur(input); Position(string(bucket), string(key)) != want {
			t.Fatalf("seed %d: bucket %x, key %x: another position than %016x", seed, bucket, key, want)
		}
	}
}

func TestGoldenPositions(t *testing.T) {
	var b strings.Builder
	for _, k := range []struct{ bucket, key string }{
		{"ab", "c"}, {"a", "bc"}, {"", ""}, {"carts", "bo"}, {"carts", "bo/"}, {"carts", "a/b/../c"},
		{"bücher", "schlüssel"}, {"\x00\xff", "\x00"}, {"\x00", "\xff\x00"},
		{strings.Repeat("b", 255), strings.Repeat("k", 1024)}, {strings.Repeat("b", 127), "k"}, {strings.Repeat("b", 128), "k"},
	} {
		position := Position(k.bucket, k.key)
		fmt.Fprintf(&b, "%016x  partition %3d of 256  %.40q %.40q\n", position, position>>56, k.bucket, k.key)
	}
	golden(t, "positions.txt", b.String())
}

func TestPositionsFillAllPartitionsAlike(t *testing.T) {
	// Pearson's chi-square over the partitions, for keys as people name them. With 255 degrees of freedom
	// the value is near 255 ± 22.6 for a fair hash; the input is fixed, so this cannot fail by chance.
	for name, key := range map[string]func(i int) string{
		"counted":  func(i int) string { return fmt.Sprintf("user/%d", i) },
		"dated":    func(i int) string { return fmt.Sprintf("2024-%02d-%02d/%05d", i%12+1, i%28+1, i) },
		"zeros":    func(i int) string { return strings.Repeat("\x00", i%1000) + fmt.Sprint(i) },
		"one byte": func(i int) string { return string([]byte{byte(i), byte(i >> 8), byte(i >> 16)}) },
	} {
		const keys = 100_000
		counts := make([]float64, DefaultPartitions)
		for i := range keys {
			counts[Position("bucket", key(i))>>56]++
		}
		mean, chi := float64(keys)/DefaultPartitions, 0.0
		for _, c := range counts {
			chi += (c - mean) * (c - mean) / mean
		}
		if math.Abs(chi-255) > 5*math.Sqrt(2*255) {
			t.Errorf("%s: chi-square is %.1f", name, chi)
		}
	}
}

// golden compares with a file in testdata, or writes it when the test is run with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./ring -update writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s is another; positions and layouts of running clusters depend on it. Now:\n%s", path, got)
	}
}
