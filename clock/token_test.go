package clock_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

const testCluster = 0xc1

func testKey(id byte) clock.TokenKey {
	return clock.TokenKey{ID: id, Secret: [32]byte(bytes.Repeat([]byte{id}, 32))}
}

func testSealer(t testing.TB, cluster uint64, keys ...clock.TokenKey) *clock.Sealer {
	t.Helper()
	s, err := clock.NewSealer(cluster, keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTokensComeBack(t *testing.T) {
	sealer := testSealer(t, testCluster, testKey(1))
	var out strings.Builder
	for _, g := range goldenClocks {
		c := parseClock(t, g.clock)
		token := sealer.Seal("carts", "alice", c)
		fmt.Fprintf(&out, "%s\n  %s\n", g.name, token)
		if back, err := sealer.Open("carts", "alice", token); err != nil || !back.Equal(c) {
			t.Errorf("%s came back as %s, %v", g.name, back, err)
		}
	}
	golden(t, "token.txt", out.String())
}

func TestTokensOfOthersAreRefused(t *testing.T) {
	sealer := testSealer(t, testCluster, testKey(1))
	c := parseClock(t, "1(0,3] 2(0,1]")
	unsealed := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, test := range []struct{ name, token, reason string }{
		{"of another key", sealer.Seal("carts", "bob", c), "another bucket, key or cluster"},
		{"of another bucket", sealer.Seal("cart", "alice", c), "another bucket, key or cluster"},
		{"of a bucket and key that read the same together", sealer.Seal("cart", "salice", c), "another bucket, key or cluster"},
		{"of another cluster", testSealer(t, testCluster+1, testKey(1)).Seal("carts", "alice", c), "another bucket, key or cluster"},
		{"under another secret of the same id", testSealer(t, testCluster, clock.TokenKey{ID: 1, Secret: [32]byte{9}}).Seal("carts", "alice", c), "another bucket, key or cluster"},
		{"under a key that is not known", testSealer(t, testCluster, testKey(2)).Seal("carts", "alice", c), "sealed with key 2"},
		{"of a later version", unsealed("\x02\x01" + strings.Repeat("x", 30)), "version 2"},
		{"the empty token", "", "truncated"},
		{"something else altogether", "a,b", "truncated or altered"},
		{"with padding", sealer.Seal("carts", "alice", c) + "=", "truncated or altered"},
		{"with a line end that base64 skips", sealer.Seal("carts", "alice", c) + "\n", "line end"},
		{"longer than any header", strings.Repeat("A", clock.TokenCharsMax+1), "characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := sealer.Open("carts", "alice", test.token)
			if !errors.Is(err, clock.ErrToken) || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %s and error %v, want one that says %q", got, err, test.reason)
			}
		})
	}
}

func TestOldKeysStillOpenAndNewOnesSeal(t *testing.T) {
	c := parseClock(t, "1(0,3]")
	before := testSealer(t, testCluster, testKey(1))
	between := testSealer(t, testCluster, testKey(1), testKey(2))
	after := testSealer(t, testCluster, testKey(2), testKey(1))
	for _, from := range []*clock.Sealer{before, between, after} {
		for _, to := range []*clock.Sealer{between, after} {
			if got, err := to.Open("b", "k", from.Seal("b", "k", c)); err != nil || !got.Equal(c) {
				t.Errorf("got %s, %v", got, err)
			}
		}
	}
	if _, err := clock.NewSealer(testCluster, testKey(1), clock.TokenKey{ID: 1, Secret: [32]byte{7}}); err == nil {
		t.Error("two secrets under one id were taken")
	}
	if _, err := clock.NewSealer(testCluster, clock.TokenKey{ID: 1}); err == nil {
		t.Error("a key without a secret was taken")
	}
	if s := fmt.Sprintf("%v %+v %#v", testKey(42), testKey(42), testKey(42)); s != "token key 42 token key 42 token key 42" {
		t.Errorf("a key prints as %s", s)
	}
}

func TestTokensTruncatedOrAlteredAnywhereAreRefused(t *testing.T) {
	sealer := testSealer(t, testCluster, testKey(1), testKey(3))
	token := sealer.Seal("carts", "alice", parseClock(t, "1(0,3] 1(6,7] 9f1c27d0a1b2c3d4(0,300]"))
	refused := func(what, token string) {
		if got, err := sealer.Open("carts", "alice", token); !errors.Is(err, clock.ErrToken) {
			t.Errorf("%s: opened as %s, %v", what, got, err)
		}
	}
	for n := range token {
		refused(fmt.Sprintf("cut to %d of %d characters", n, len(token)), token[:n])
		for bit := range 8 {
			flipped := []byte(token)
			flipped[n] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of character %d flipped", bit, n), string(flipped))
		}
	}
	whole, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		refused(fmt.Sprintf("cut to %d of %d bytes", n, len(whole)), base64.RawURLEncoding.EncodeToString(whole[:n]))
		for bit := range 8 {
			flipped := bytes.Clone(whole)
			flipped[n] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of byte %d flipped", bit, n), base64.RawURLEncoding.EncodeToString(flipped))
		}
	}
}

func TestTokensAreShort(t *testing.T) {
	// Three actors after a long life, each key's record forgotten once, and three siblings that an
	// acknowledged write had not seen: two runs each.
	c := parseClock(t, `1f1c27d0a1b2c3d4(100000000,140000000] 1f1c27d0a1b2c3d4(140000100,140000200]
		9f1c27d0a1b2c3d4(200000000,240000000] 9f1c27d0a1b2c3d4(240000100,240000200]
		ffffffffffffffff(300000000,340000000] ffffffffffffffff(340000100,340000200]`)
	if token := testSealer(t, testCluster, testKey(1)).Seal("carts", "alice", c); len(token) >= 200 {
		t.Errorf("%d characters: %s", len(token), token)
	}
}

func TestSealerIsSafeForConcurrentUse(t *testing.T) {
	sealer := testSealer(t, testCluster, testKey(1))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c, key := clock.Of(1, clock.Run{Upto: uint64(i + 1)}), fmt.Sprint(i)
			for range 100 {
				if got, err := sealer.Open("b", key, sealer.Seal("b", key, c)); err != nil || !got.Equal(c) {
					t.Errorf("got %s, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	sealer := testSealer(f, testCluster, testKey(1))
	for _, g := range goldenClocks {
		f.Add(sealer.Seal("carts", "alice", parseClock(f, g.clock)))
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := sealer.Open("carts", "alice", token)
		switch {
		case err == nil && sealer.Seal("carts", "alice", c) != token:
			t.Errorf("%q was opened, and seals as %q", token, sealer.Seal("carts", "alice", c))
		case err != nil && !errors.Is(err, clock.ErrToken):
			t.Errorf("error %v does not wrap ErrToken", err)
		}
	})
}

// FuzzSeal seals whatever clock the bytes are the encoding of.
func FuzzSeal(f *testing.F) {
	sealer := testSealer(f, testCluster, testKey(1))
	for _, g := range goldenClocks {
		f.Add("carts", "alice", clock.AppendClock(nil, parseClock(f, g.clock)))
	}
	f.Fuzz(func(t *testing.T, bucket, key string, b []byte) {
		c, _, err := clock.DecodeClock(b)
		if err != nil {
			return
		}
		token := sealer.Seal(bucket, key, c)
		if len(token) > clock.TokenCharsMax {
			return
		}
		if got, err := sealer.Open(bucket, key, token); err != nil || !got.Equal(c) {
			t.Errorf("%s under %q/%q came back as %s, %v", c, bucket, key, got, err)
		}
		if _, err := sealer.Open(bucket, key+"\x00", token); err == nil {
			t.Errorf("opened under another key than %q", key)
		}
	})
}
