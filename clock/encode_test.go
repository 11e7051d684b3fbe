package clock_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

var goldenClocks = []struct{ name, clock string }{
	{"empty", ""},
	{"one event", "1(0,1]"},
	{"one run that starts late", "1(300,301]"},
	{"two runs with one number between them", "1(0,3] 1(4,5]"},
	{"the paper's {(a,2),(b,1),(c,3,7)}", "a(0,2] b(0,1] c(0,3] c(6,7]"},
	{"random actors, a long life", "1f1c27d0a1b2c3d4(0,4120000] 9f1c27d0a1b2c3d4(17,88] ffffffffffffffff(1000000,1000900]"},
	{"the last number there is", "1(18446744073709551614,18446744073709551615]"},
}

func goldenVersions(t testing.TB) []struct {
	name    string
	version clock.Version
} {
	content := clock.Digest([]byte("sixteen bytes, y"))
	return []struct {
		name    string
		version clock.Version
	}{
		{"a blind put", clock.Version{Dot: clock.Dot{Actor: 1, Counter: 1}, Content: content, Coordinator: 7, Wall: 1763762400123}},
		{"an overwrite", clock.Version{Dot: clock.Dot{Actor: 0x9f1c27d0a1b2c3d4, Counter: 412}, After: 400,
			Past: parseClock(t, "1(0,3] 9f1c27d0a1b2c3d4(0,12]"), Content: content, Coordinator: 7, Wall: 1763762400123}},
		{"a tombstone before 1970", clock.Version{Dot: clock.Dot{Actor: 2, Counter: 9}, After: 8, Tombstone: true,
			Past: parseClock(t, "2(0,8]"), Coordinator: math.MaxUint64, Wall: -1}},
	}
}

func TestGoldenEncodings(t *testing.T) {
	var out strings.Builder
	for _, g := range goldenClocks {
		c := parseClock(t, g.clock)
		b := clock.AppendClock(nil, c)
		fmt.Fprintf(&out, "clock %s\n  %s\n", g.name, hex.EncodeToString(b))
		back, rest, err := clock.DecodeClock(append(b, "rest"...))
		if err != nil || !back.Equal(c) || string(rest) != "rest" {
			t.Errorf("%s came back as %s, rest %q, error %v", g.name, back, rest, err)
		}
	}
	var set clock.Set
	for _, g := range goldenVersions(t) {
		b := clock.AppendVersion(nil, g.version)
		fmt.Fprintf(&out, "version %s\n  %s\n", g.name, hex.EncodeToString(b))
		back, rest, err := clock.DecodeVersion(append(b, "rest"...))
		if err != nil || !back.Equal(g.version) || string(rest) != "rest" {
			t.Errorf("%s came back as %+v, rest %q, error %v", g.name, back, rest, err)
		}
		set = clock.Sync(set, clock.Set{g.version})
	}
	b := clock.AppendSet(nil, set)
	fmt.Fprintf(&out, "set of the versions that stand\n  %s\n", hex.EncodeToString(b))
	if back, rest, err := clock.DecodeSet(append(b, "rest"...)); err != nil || !back.Equal(set) || string(rest) != "rest" {
		t.Errorf("the set came back as %v, rest %q, error %v", back, rest, err)
	}
	fmt.Fprintf(&out, "set empty\n  %s\n", hex.EncodeToString(clock.AppendSet(nil, nil)))
	golden(t, "encoding.txt", out.String())
}

func TestDecodersRefuseWhatNoEncoderWrites(t *testing.T) {
	const a1, a2, zero = "0000000000000001", "0000000000000002", "0000000000000000"
	const content, who, wall = "00000000000000000000000000000000", "0000000000000007", "0000000000000001"
	overCap := func(actors, runs int) string {
		var b strings.Builder
		b.WriteString("01" + uvarintHex(uint64(actors)))
		for i := range actors {
			fmt.Fprintf(&b, "%016x", i+1)
			b.WriteString(uvarintHex(uint64(runs)) + strings.Repeat("0000", runs))
		}
		return b.String()
	}
	clocks := []struct{ name, hex string }{
		{"nothing", ""},
		{"a later version", "0200"},
		{"version zero", "0000"},
		{"only a version", "01"},
		{"an actor without its runs", "0101" + a1},
		{"an actor with no runs", "0101" + a1 + "00" + "0000"},
		{"a run cut off", "0101" + a1 + "0100"},
		{"actor zero", "0101" + zero + "010000"},
		{"the same actor twice", "0102" + a1 + "010000" + a1 + "010000"},
		{"actors falling", "0102" + a2 + "010000" + a1 + "010000"},
		{"a count in two bytes that fits one", "018100" + a1 + "010000"},
		{"a gap in two bytes that fits one", "0101" + a1 + "01800000"},
		{"a number of eleven bytes", "0101" + a1 + "01" + strings.Repeat("ff", 10) + "0100"},
		{"a run that passes the last number", "0101" + a1 + "01" + "00" + uvarintHex(math.MaxUint64)},
		{"a gap that passes the last number", "0101" + a1 + "02" + "00" + "00" + uvarintHex(math.MaxUint64) + "00"},
		{"a run behind the last number", "0101" + a1 + "02" + "00" + uvarintHex(math.MaxUint64-1) + "0000"},
		{"more actors than bytes", "01" + uvarintHex(4000) + a1 + "010000"},
		{"more runs than bytes", "0101" + a1 + uvarintHex(60000) + "0000"},
		{"more actors than allowed", overCap(clock.ActorsMax+1, 1)},
		{"more runs than allowed", overCap(1, clock.RunsMax+1)},
		{"more runs than allowed, of two actors", overCap(2, clock.RunsMax/2+1)},
	}
	for _, c := range clocks {
		t.Run("clock: "+c.name, func(t *testing.T) {
			got, _, err := clock.DecodeClock(unhex(t, c.hex))
			refused(t, got, err)
		})
	}
	for _, at := range []struct{ actors, runs int }{{clock.ActorsMax, 1}, {1, clock.RunsMax}} {
		c, _, err := clock.DecodeClock(unhex(t, overCap(at.actors, at.runs)))
		if err != nil || !c.Fits() || c.Actors() != at.actors || c.Runs() != at.actors*at.runs {
			t.Errorf("%d actors of %d runs are allowed, got %d of %d runs in all, %v", at.actors, at.runs, c.Actors(), c.Runs(), err)
		}
	}
	tail := content + who + wall
	versions := []struct{ name, hex string }{
		{"an unknown flag", "01" + "02" + a1 + "0000" + tail + "00"},
		{"actor zero", "01" + "00" + zero + "0000" + tail + "00"},
		{"a run that passes the last number", "01" + "00" + a1 + "00" + uvarintHex(math.MaxUint64) + tail + "00"},
		{"a past that holds the dot", "01" + "00" + a1 + "0000" + tail + "01" + a1 + "010000"},
		{"a past out of order", "01" + "00" + a1 + "0000" + tail + "02" + a2 + "010000" + a1 + "010001"},
		{"no past", "01" + "00" + a1 + "0000" + tail},
		{"a content cut off", "01" + "00" + a1 + "0000" + content[2:]},
	}
	for _, c := range versions {
		t.Run("version: "+c.name, func(t *testing.T) {
			got, _, err := clock.DecodeVersion(unhex(t, c.hex))
			refused(t, got, err)
		})
	}
	one, two := "00"+a1+"0000"+tail+"00", "00"+a2+"0000"+tail+"00"
	sets := []struct{ name, hex string }{
		{"versions out of order", "0102" + two + one},
		{"a version twice", "0102" + one + one},
		{"a version in the past of another", "0102" + one + "00" + a2 + "0000" + tail + "01" + a1 + "010000"},
		{"fewer versions than said", "0103" + one + two},
		{"more versions than bytes", "01" + uvarintHex(math.MaxUint64) + one},
	}
	for _, c := range sets {
		t.Run("set: "+c.name, func(t *testing.T) {
			got, _, err := clock.DecodeSet(unhex(t, c.hex))
			refused(t, got, err)
		})
	}
}

func refused(t *testing.T, got any, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("was taken for %v", got)
	}
	if !errors.Is(err, clock.ErrEncoding) {
		t.Errorf("error %v does not wrap ErrEncoding", err)
	}
}

func TestTruncatedEncodingsAreRefusedAtEachByte(t *testing.T) {
	for _, g := range goldenVersions(t) {
		b := clock.AppendVersion(nil, g.version)
		for n := range b {
			if _, _, err := clock.DecodeVersion(b[:n]); !errors.Is(err, clock.ErrEncoding) {
				t.Errorf("%s cut to %d of %d bytes: %v", g.name, n, len(b), err)
			}
		}
	}
}

func TestEncodersPanicOnVersionsThatAreNone(t *testing.T) {
	for name, v := range map[string]clock.Version{
		"no actor":            {Dot: clock.Dot{Counter: 1}},
		"an empty run":        {Dot: clock.Dot{Actor: 1, Counter: 3}, After: 3},
		"its own dot in past": {Dot: clock.Dot{Actor: 1, Counter: 3}, After: 2, Past: parseClock(t, "1(0,3]")},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was encoded")
				}
			}()
			clock.AppendVersion(nil, v)
		})
	}
}

func FuzzDecodeClock(f *testing.F) {
	for _, g := range goldenClocks {
		f.Add(clock.AppendClock(nil, parseClock(f, g.clock)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, rest, err := clock.DecodeClock(b)
		if err == nil {
			sameBytes(t, b, clock.AppendClock(nil, c), rest)
			canonical(t, c)
		}
	})
}

func FuzzDecodeVersion(f *testing.F) {
	for _, g := range goldenVersions(f) {
		f.Add(clock.AppendVersion(nil, g.version))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := clock.DecodeVersion(b)
		if err == nil {
			sameBytes(t, b, clock.AppendVersion(nil, v), rest)
			canonical(t, v.Clock())
		}
	})
}

func FuzzDecodeSet(f *testing.F) {
	var set clock.Set
	for _, g := range goldenVersions(f) {
		set = clock.Sync(set, clock.Set{g.version})
		f.Add(clock.AppendSet(nil, set))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := clock.DecodeSet(b)
		if err == nil {
			sameBytes(t, b, clock.AppendSet(nil, s), rest)
			canonical(t, s.Context())
		}
	})
}

// sameBytes checks that what was decoded from b is written back as it stood there.
func sameBytes(t *testing.T, b, again, rest []byte) {
	t.Helper()
	if !bytes.Equal(append(again, rest...), b) {
		t.Errorf("%x was taken, and is written %x", b, again)
	}
}

// canonical checks that the runs of c are what two equal sets must share.
func canonical(t testing.TB, c clock.Clock) {
	t.Helper()
	actor, last := clock.Actor(0), clock.Run{}
	c.Each(func(a clock.Actor, r clock.Run) bool {
		if a < actor || a == 0 || r.After >= r.Upto || a == actor && r.After <= last.Upto {
			t.Errorf("clock %s is out of order at actor %s, run %v", c, a, r)
		}
		actor, last = a, r
		return true
	})
}

func uvarintHex(n uint64) string {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return hex.EncodeToString(append(b, byte(n)))
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
