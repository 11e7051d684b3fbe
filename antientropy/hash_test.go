package antientropy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sipOf hashes an input in one piece.
func sipOf(key [16]byte, input []byte) Sum {
	s := newSip(&key)
	s.write(input)
	return s.sum()
}

// The file holds the 64 results that SipHash's authors publish for 128 bits of output (vectors_sip128 of vectors.h in
// github.com/veorq/SipHash): the key is the bytes 0 to 15, the input the bytes 0, 1, 2 and so on, 0 to 63 of them.
func TestSipHashGivesTheResultsOfItsAuthors(t *testing.T) {
	var key [16]byte
	for i := range key {
		key[i] = byte(i)
	}
	var out strings.Builder
	input := []byte{}
	for n := range 64 {
		fmt.Fprintf(&out, "%2d %s\n", n, sipOf(key, input))
		input = append(input, byte(n))
	}
	golden(t, "siphash.txt", out.String())
}

func TestSipHashDoesNotSeeWhereItsInputIsCut(t *testing.T) {
	eachSeed(t, 300, func(t *testing.T, rng *rand.Rand) {
		var key [16]byte
		for i := range key {
			key[i] = byte(rng.Uint32())
		}
		input := make([]byte, rng.IntN(600))
		for i := range input {
			input[i] = byte(rng.Uint32())
		}
		s := newSip(&key)
		for rest := input; len(rest) > 0; {
			n := rng.IntN(min(len(rest), 20) + 1)
			s.write(rest[:n])
			rest = rest[n:]
		}
		if got, want := s.sum(), sipOf(key, input); got != want {
			t.Errorf("%d bytes in pieces give %s, at once %s", len(input), got, want)
		}
	})
}

func TestHashIsWhatItWasYesterday(t *testing.T) {
	var out strings.Builder
	for _, c := range []struct{ name, state string }{
		{"k", ""}, {"k", "s"}, {"", "ks"}, {"ks", ""}, {"\x05cartsuser/4711", "0123456789abcdef"}, {strings.Repeat("n", 300), strings.Repeat("s", 1000)},
	} {
		fmt.Fprintf(&out, "%.20q %.20q %s\n", c.name, c.state, Hash(testSecret, []byte(c.name), []byte(c.state)))
	}
	golden(t, "hashes.txt", out.String())
}

func TestHashKeepsNameStateAndSecretApart(t *testing.T) {
	seen := map[Sum]string{}
	for _, secret := range []Secret{{}, {1}, {15: 1}} {
		for _, c := range []struct{ name, state string }{{"", ""}, {"a", ""}, {"", "a"}, {"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"a\x00", ""}, {"a", "\x00"}} {
			sum, text := Hash(secret, []byte(c.name), []byte(c.state)), fmt.Sprint(secret, c)
			if other, ok := seen[sum]; ok || sum.IsZero() {
				t.Errorf("%s has the sum of %s: %s", text, other, sum)
			}
			seen[sum] = text
		}
	}
}

func TestHashDoesNotAllocate(t *testing.T) {
	name, state := []byte("some bucket and key"), make([]byte, 16)
	if n := testing.AllocsPerRun(100, func() { Hash(testSecret, name, state) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Who knows the secret takes 129 hashes of 128 bits, which cannot be linearly independent, and finds by elimination
// some whose sums cancel. This is why there is a secret, and why no sum is shown.
func TestWhoKnowsTheSecretMakesKeysInvisibleAndNobodyElse(t *testing.T) {
	cancelling := cancel(testSecret)
	if len(cancelling) == 0 {
		t.Fatal("the attack finds nothing")
	}
	for _, c := range []struct {
		name   string
		secret Secret
		equal  bool
	}{{"the secret that was known", testSecret, true}, {"another one", Secret{1}, false}} {
		tree := NewTree(Extent{}, DefaultDepth)
		for _, name := range cancelling { // all in one span, as whoever attacks would choose them
			tree.Apply([]Delta{tree.Delta(0, Sum{}, Hash(c.secret, []byte(name), []byte("s")))})
		}
		if got := tree.Root().IsZero(); got != c.equal {
			t.Errorf("%s: %d keys look like none: %v", c.name, len(cancelling), got)
		}
	}
}

// cancel finds names whose hashes, with one state, have the XOR zero.
func cancel(secret Secret) []string {
	type row struct {
		sum   Sum
		names []string
	}
	var basis [8 * SumBytes]*row // by the lowest bit that is set
	for i := range 8*SumBytes + 1 {
		name := fmt.Sprint("key ", i)
		r := &row{Hash(secret, []byte(name), []byte("s")), []string{name}}
		bit := 0
		for ; bit < len(basis); bit++ {
			if r.sum[bit/8]>>(bit%8)&1 == 0 {
				continue
			}
			if basis[bit] == nil {
				basis[bit] = r
				break
			}
			r = &row{r.sum.Xor(basis[bit].sum), toggled(r.names, basis[bit].names)}
		}
		if bit == len(basis) {
			return r.names
		}
	}
	return nil
}

// toggled is the symmetric difference of two sets of names.
func toggled(a, b []string) []string {
	count := map[string]int{}
	for _, name := range append(append([]string(nil), a...), b...) {
		count[name]++
	}
	var names []string
	for name, n := range count {
		if n == 1 {
			names = append(names, name)
		}
	}
	return names
}
