package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/httpapi/memory"
)

// sealer gives tokens as the server of a cluster would.
func sealer(t testing.TB, cluster uint64, secret byte) *clock.Sealer {
	t.Helper()
	s, err := clock.NewSealer(cluster, clock.TokenKey{ID: 1, Secret: [32]byte{secret, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAContextThatWasNotGivenOutForThisKeyIsRefused(t *testing.T) {
	w := start(t, nil)
	token := w.put("/kv/b/k", "v")
	seen := clock.Of(7, clock.Run{After: 0, Upto: 1 << 63})
	for _, c := range []struct{ name, token string }{
		{"a token of another key", w.put("/kv/b/other", "v")},
		{"a token of another bucket", w.put("/kv/c/k", "v")},
		{"a token of another cluster", sealer(t, 42, 1).Seal("b", "k", seen)},
		{"a forged counter of 2^63 under another secret", sealer(t, memory.ClusterID, 9).Seal("b", "k", seen)},
		{"no base64", "not*base64"},
		{"padding", token + "="},
		{"one token good, one not", token + ", x"},
		{"two tokens without a comma", token + " " + token},
		{"a token doubled", token + token},
		{"quotes", `"` + token + `"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				p := wantProblem(t, 400, "invalid-context", w.do(method, "/kv/b/k", "", "Causal-Context", c.token))
				if (p.Outcome == "not_applied") != (method != "GET") {
					t.Errorf("%s: outcome %q", method, p.Outcome)
				}
			}
		})
	}
	if got := w.values("/kv/b/k"); got != "v" {
		t.Errorf("the key holds %q", got)
	}
}

func TestEveryCutAndEveryFlippedBitOfATokenIsRefused(t *testing.T) {
	w := start(t, nil)
	token := w.put("/kv/b/k", "v")
	for i := 1; i < len(token); i++ {
		w.wantProblem(400, "invalid-context", w.do("PUT", "/kv/b/k", "x", "Causal-Context", token[:i]))
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		flipped := base64.RawURLEncoding.EncodeToString(raw)
		raw[bit/8] ^= 1 << (bit % 8)
		w.wantProblem(400, "invalid-context", w.do("PUT", "/kv/b/k", "x", "Causal-Context", flipped))
	}
	if got := w.values("/kv/b/k"); got != "v" {
		t.Errorf("the key holds %q", got)
	}
}

func TestAContextOfTenThousandActorsIsTooLarge(t *testing.T) {
	w := start(t, nil)
	token := sealer(t, memory.ClusterID, 1).Seal("b", "k", ofActors(1, 10_000))
	wantProblem(t, 431, "headers-too-large", dial(t, w.data).send(
		"PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nCausal-Context: "+token+"\r\n\r\nv").receive("PUT"))
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

// ofActors is a clock with one event of each of the actors.
func ofActors(first, last int) clock.Clock {
	if first == last {
		return clock.Of(clock.Actor(first), clock.Run{After: 0, Upto: 1})
	}
	middle := (first + last) / 2
	return ofActors(first, middle).Join(ofActors(middle+1, last))
}

func TestAContextOfActorsThatAreGoneOrYetToComeIsTaken(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "standing")
	for i, c := range []struct {
		name string
		seen clock.Clock
	}{
		{"an actor that was removed long ago", clock.Of(7, clock.Run{After: 0, Upto: 9})},
		{"events of an actor that a restored backup has not issued yet", clock.Of(8, clock.Run{After: 3, Upto: 1 << 40})},
	} {
		t.Run(c.name, func(t *testing.T) {
			token := sealer(t, memory.ClusterID, 1).Seal("b", "k", c.seen)
			r := w.want(204, w.do("PUT", "/kv/b/k", fmt.Sprint("late ", i), "Causal-Context", token))
			if want := fmt.Sprint(i + 2); r.Header.Get("Siblings") != want {
				t.Errorf("%s siblings stand, want %s: it may not overwrite what it has not seen", r.Header.Get("Siblings"), want)
			}
		})
	}
}

func TestTwoWritersThatTakeTurnsOverAStandingSiblingStayBounded(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "standing")
	tokens := [2]string{}
	for i := range 400 {
		writer := i % 2
		tokens[writer] = w.put("/kv/b/k", fmt.Sprint(writer, " wrote ", i), "Causal-Context", tokens[writer])
		if n := len(tokens[writer]); n >= 200 {
			t.Fatalf("after %d writes a token has %d bytes", i+1, n)
		}
	}
	if got := w.values("/kv/b/k"); got != "standing|0 wrote 398|1 wrote 399" {
		t.Errorf("the key holds %q", got)
	}
}

func TestAnEmptyContextFieldIsNone(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "one")
	w.put("/kv/b/k", "two", "Causal-Context", "")
	w.put("/kv/b/k", "three", "Causal-Context", " , ,")
	if got := w.values("/kv/b/k"); got != "one|two|three" {
		t.Errorf("the key holds %q", got)
	}
	if r := w.do("GET", "/kv/b/k", "", "Causal-Context", ","); r.Header.Get("Covers-Context") != "" {
		t.Error("a read without a context says whether it covers one")
	}
	if strings.Contains(w.object("/kv/b/k").Context, ",") {
		t.Error("a token holds a comma")
	}
}
