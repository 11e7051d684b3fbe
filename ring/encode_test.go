package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestDecodeGivesWhatWasEncoded(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 8))
		members := anyNodes(r, 1+r.IntN(12), 3)
		if seed%50 == 0 {
			members = nodes(300)
		}
		l := first(t, members, 1<<r.IntN(7), 1+r.IntN(5))
		l = next(t, l, changed(r, members, 3))
		encoded := l.Encode()
		back, err := Decode(encoded)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		clear(encoded) // nothing of it is kept
		if back.Compare(l) != 0 || !bytes.Equal(back.Encode(), l.Encode()) || text(back) != text(l) {
			t.Fatalf("seed %d: another layout comes back", seed)
		}
		more := changed(r, members, 3)
		if next(t, l, more).Compare(next(t, back, more)) != 0 {
			t.Fatalf("seed %d: the decoded layout has another successor", seed)
		}
	}
}

// sealed gives a body its checksum.
func sealed(body []byte) []byte {
	return binary.BigEndian.AppendUint32(slices.Clone(body), crc32.Checksum(body, castagnoli))
}

func TestDecodeRefuses(t *testing.T) {
	l := first(t, nodes(2), 2, 1)
	good := l.Encode()
	body := good[:len(good)-4]
	// 0 version · 1 number · 2 n · 3 log2 · 4 members · 5 id · 13 name (2 bytes) · 16 zone · 17 capacity ·
	// 18 second member … 31 owners
	with := func(at int, bytes ...byte) []byte {
		return sealed(append(append(slices.Clone(body[:at]), bytes...), body[at+1:]...))
	}
	huge := slices.Concat(body[:4], []byte{0x81, 0x08}, body[5:])
	cases := []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"nothing", nil, "too few"},
		{"a version alone", []byte{1}, "too few"},
		{"a newer version", append([]byte{2}, good[1:]...), "version 2"},
		{"a bit that was flipped", append([]byte{1, 2}, good[2:]...), "checksum"},
		{"the number 0", with(1, 0), "number is 0"},
		{"a number that could be shorter", with(1, 0x81, 0), "number is no number"},
		{"a number without an end", sealed(append([]byte{1}, bytes.Repeat([]byte{0xff}, 11)...)), "number is no number"},
		{"no copies", with(2, 0), "n is 0"},
		{"too many copies", with(2, 0x81, 0x08), "n is 1025"},
		{"too many partitions", with(3, 17), "log2 of the partitions is 17"},
		{"no members", with(4, 0), "count of members is 0"},
		{"too many members", sealed(huge), "count of members is 1025"},
		{"members that are cut short", with(4, 200), "member"},
		{"members out of order", with(5, 0xff), "out of order"},
		{"a name twice", with(28, '2'), "two members are called"},
		{"a name too long", with(13, 0x80, 0x02), "length of name is 256"},
		{"a capacity of 0", with(17, 0), "capacity is 0"},
		{"a capacity too large", with(17, 0xff, 0xff, 0xff, 0xff, 0x1f), "capacity is 8589934591"},
		{"an owner who is no member", with(len(body)-1, 2), "unknown, or twice"},
		{"owners that are missing", sealed(body[:len(body)-1]), "owners have 1 bytes"},
		{"bytes behind the owners", sealed(append(slices.Clone(body), 0)), "owners have 3 bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l, err := Decode(c.bytes)
			if err == nil || l != nil {
				t.Fatalf("it is taken: %v", l)
			}
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Errorf("%v is no error of the kind that is promised", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
		})
	}
}

func TestDecodeRefusesAnOwnerThatStandsTwice(t *testing.T) {
	body := first(t, nodes(2), 2, 2).Encode()
	body = body[:len(body)-4]
	body[len(body)-1] = body[len(body)-2]
	if _, err := Decode(sealed(body)); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

func TestEveryFlippedBitAndEveryCutIsFound(t *testing.T) {
	good := first(t, inZones(nodes(4), 2), 16, 3).Encode()
	for i := range good {
		for bit := range 8 {
			bad := slices.Clone(good)
			bad[i] ^= 1 << bit
			if _, err := Decode(bad); err == nil {
				t.Fatalf("bit %d of byte %d is flipped, and it is taken", bit, i)
			}
		}
		if _, err := Decode(good[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken", i, len(good))
		}
	}
}

func TestRivalsAreOrderedByNumberThenHash(t *testing.T) {
	l := first(t, nodes(3), 16, 3)
	a, b := next(t, l, nodes(4)), next(t, l, nodes(5))
	c := next(t, a, nodes(5))
	ha, hb := a.Hash(), b.Hash()
	if got, want := a.Compare(b), bytes.Compare(ha[:], hb[:]); got != want || b.Compare(a) != -want || want == 0 {
		t.Errorf("rivals compare as %d, their hashes as %d", got, want)
	}
	for _, older := range []*Layout{l, a, b} {
		if older.Compare(c) != -1 || c.Compare(older) != 1 || older.Compare(older) != 0 {
			t.Errorf("layout %d is not before layout %d", older.Number(), c.Number())
		}
	}
}

func FuzzDecode(f *testing.F) {
	l := first(f, inZones(nodes(4), 2), 4, 3)
	for _, l := range []*Layout{first(f, nodes(1), 1, 1), l, next(f, l, nodes(2)), first(f, nodes(257), 1, 2)} {
		encoded := l.Encode()
		f.Add(encoded[:len(encoded)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := Decode(body); err == nil && len(body) < 5 {
			t.Fatal("a layout of less than five bytes")
		}
		encoded := sealed(body) // else the checksum would stop nearly all
		l, err := Decode(encoded)
		if err != nil {
			return
		}
		if !bytes.Equal(l.Encode(), encoded) {
			t.Fatal("a layout is taken that Encode writes otherwise")
		}
		for p := range min(l.Partitions(), 4) {
			if len(l.Owners(p, l.N())) != min(l.N(), len(l.Members())) {
				t.Fatal("a partition lacks owners")
			}
		}
		if l.Partitions() > 64 || l.Number() == 1<<64-1 {
			return
		}
		after, err := Next(l, nodes(3))
		if err != nil {
			t.Fatal(err)
		}
		check(t, after)
	})
}
