package antientropy

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// samples is one of each shape of what is encoded.
func samples() (requests []Request, answers []Answer) {
	requests = []Request{
		{Want: WantSums},
		{Want: WantSums, Spans: []Span{{}}},
		{Want: WantSums, Spans: []Span{{1, 0}, {1, 1}, {1, 63}}},
		{Want: WantKeys, Spans: []Span{{}}, KeysMax: 1},
		{Want: WantKeys, Spans: []Span{{2, 63}, {1, 1}, {4, 0xffffff}}, From: Key{0x0123456789abcdef, "carts/bo"}, KeysMax: KeysMax},
	}
	some := make([]Sum, FanOut)
	some[0], some[63] = Sum{1, 2, 3}, Sum{15: 9}
	answers = []Answer{
		{Sums: []Sum{{}}},
		{Sums: []Sum{{0xab, 15: 0xcd}}},
		{Sums: make([]Sum, FanOut)},
		{Sums: append(append([]Sum{}, some...), some...)},
		{},
		{Keys: []KeyState{{Key{5, "a"}, Sum{1}}, {Key{5, "b"}, Sum{2}}, {Key{1 << 63, "a"}, Sum{15: 1}}}, More: true},
	}
	return requests, answers
}

func TestEncodingsAreWhatTheyWereYesterday(t *testing.T) {
	requests, answers := samples()
	var out strings.Builder
	for _, r := range requests {
		fmt.Fprintf(&out, "request %+v\n%x\n", r, AppendRequest(nil, r))
	}
	for _, a := range answers {
		fmt.Fprintf(&out, "answer of %d sums and %d keys, more %v\n%x\n", len(a.Sums), len(a.Keys), a.More, AppendAnswer(nil, a))
	}
	fmt.Fprintf(&out, "cursor\n%x\n", AppendCursor(nil, Key{0x0123456789abcdef, "carts/bo\x00"}))
	fmt.Fprintf(&out, "leaf\n%x\n", AppendLeaf(nil, 1, Sum{1, 15: 2}))
	golden(t, "encodings.txt", out.String())
}

func TestDecodeGivesWhatWasEncoded(t *testing.T) {
	requests, answers := samples()
	for _, r := range requests {
		b := AppendRequest(nil, r)
		back, err := DecodeRequest(b)
		if err != nil || !reflect.DeepEqual(back, r) || len(b) != r.Size() {
			t.Errorf("%+v comes back as %+v, in %d bytes of %d: %v", r, back, len(b), r.Size(), err)
		}
	}
	for _, a := range answers {
		b := AppendAnswer(nil, a)
		back, err := DecodeAnswer(b)
		if a.Keys == nil && a.Sums == nil {
			a.Keys = []KeyState{}
		}
		if err != nil || !reflect.DeepEqual(back, a) || len(b) != a.Size() {
			t.Errorf("%+v comes back as %+v, in %d bytes of %d: %v", a, back, len(b), a.Size(), err)
		}
	}
}

func TestTheLongestAnswersFit(t *testing.T) {
	dense := newModel(Extent{}, 2)
	for i := range uint64(SpansMax * FanOut) {
		dense.put(Key{i << 52, "k"}, "s")
	}
	parents := make([]Span, SpansMax)
	for i := range parents {
		parents[i] = Span{1, uint32(i)}
	}
	long := newModel(Extent{}, 1)
	for i := range uint64(KeysMax) {
		name := strings.Repeat("n", []int{1, 16, 17, 18, 19, 20, NameBytesMax}[i%7])
		long.put(Key{i << 53, name}, "s")
	}
	for name, c := range map[string]struct {
		m *model
		r Request
	}{
		"sums":            {dense, Request{Want: WantSums, Spans: parents}},
		"keys":            {dense, Request{Want: WantKeys, Spans: []Span{{}}, KeysMax: KeysMax}},
		"long names also": {long, Request{Want: WantKeys, Spans: []Span{{}}, KeysMax: KeysMax}},
	} {
		a, err := c.m.side().Ask(context.Background(), c.r)
		if err != nil {
			t.Fatal(err)
		}
		size := len(AppendAnswer(nil, a))
		if _, err := DecodeAnswer(AppendAnswer(nil, a)); err != nil || size > AnswerBytesMax || size < 20_000 {
			t.Errorf("%s: %d bytes: %v", name, size, err)
		}
	}
	// What ends a list just below its bound, with the longest name behind it, is the most that can be.
	if most := pageBytesMax + keyBytesMin + NameBytesMax + 3 + 2 + 2*KeysMax; most > AnswerBytesMax {
		t.Errorf("an answer can have %d bytes, and %d are allowed", most, AnswerBytesMax)
	}
}

func TestDecodeRefuses(t *testing.T) {
	sum := strings.Repeat("11", 16)
	decoders := map[string]func([]byte) error{
		"request": func(b []byte) error { _, err := DecodeRequest(b); return err },
		"answer":  func(b []byte) error { _, err := DecodeAnswer(b); return err },
		"cursor":  func(b []byte) error { _, err := DecodeCursor(b); return err },
		"leaf":    func(b []byte) error { _, err := DecodeLeaf(b, 1); return err },
	}
	for _, c := range []struct {
		name, of, hex string
		kind          error
		says          string
	}{
		{"nothing", "request", "", ErrDamaged, "version is cut short"},
		{"a version of old", "request", "000100", ErrDamaged, "version 0"},
		{"a newer version", "request", "020100", ErrVersion, "version 2"},
		{"a version alone", "request", "01", ErrDamaged, "want is cut short"},
		{"an unknown want", "request", "010300", ErrRequest, "it wants 3"},
		{"sums of a level too deep", "request", "0101010400", ErrRequest, "too deep"},
		{"keys of a level too deep", "request", "0102010500" + "000000000000000000" + "01", ErrRequest, "too deep"},
		{"too many spans", "request", "010121" + strings.Repeat("0100", 33), ErrDamaged, "count of spans is 33"},
		{"spans that are missing", "request", "0101030100", ErrDamaged, "level is cut short"},
		{"a span twice", "request", "01010201050105", ErrRequest, "span 5 of level 1 is out of order"},
		{"a span in another one", "request", "01010201000200", ErrRequest, "span 0 of level 2 is out of order"},
		{"a span around another one", "request", "0101020200" + "0100", ErrRequest, "span 0 of level 1 is out of order"},
		{"a span beyond the last", "request", "0101010140", ErrRequest, "span 64 of level 1: there is none"},
		{"a number that could be shorter", "request", "010101018500", ErrDamaged, "index is no number"},
		{"a number too large", "request", "01010101ffffffff7f", ErrDamaged, "index is"},
		{"bytes behind the end", "request", "01010000", ErrDamaged, "1 bytes are left over"},
		{"no mark", "request", "0102010000", ErrDamaged, "position is cut short"},
		{"keys of no span", "request", "010200" + "000000000000000000" + "01", ErrRequest, "keys of no span"},
		{"no keys", "request", "0102010000" + "000000000000000000" + "00", ErrRequest, "0 keys at most"},
		{"too many keys", "request", "0102010000" + "000000000000000000" + "8108", ErrDamaged, "count of keys is 1025"},
		{"a mark with a name too long", "request", "0102010000" + "0000000000000000" + "8210", ErrDamaged, "length of name is 2050"},
		{"an unknown want", "answer", "0103", ErrDamaged, "the want 3"},
		{"no sums", "answer", "010100", ErrDamaged, "no sums"},
		{"too many sums", "answer", "01018110", ErrDamaged, "count of sums is 2049"},
		{"sums that are missing", "answer", "010101" + "0000000000000001", ErrDamaged, "sum is cut short"},
		{"a sum beyond the last", "answer", "010101" + "0000000000000002" + sum, ErrDamaged, "sum 2 of 1"},
		{"a sum of nothing that is there", "answer", "010101" + "0000000000000001" + strings.Repeat("00", 16), ErrDamaged, "a sum of nothing"},
		{"more that is neither", "answer", "01020200", ErrDamaged, "more is 2"},
		{"too many keys", "answer", "0102008108", ErrDamaged, "count of keys is 1025"},
		{"keys that are missing", "answer", "0102000a" + "050161" + sum, ErrDamaged, "position is no number"},
		{"a key without a name", "answer", "01020001" + "0500" + sum, ErrDamaged, "without a name"},
		{"a key with the sum of nothing", "answer", "01020001" + "050161" + strings.Repeat("00", 16), ErrDamaged, "a sum of nothing"},
		{"a position beyond the last", "answer", "01020002" + "ffffffffffffffffff010161" + sum + "010161" + sum, ErrDamaged, "position is 1"},
		{"names out of order", "answer", "01020002" + "050162" + sum + "000161" + sum, ErrDamaged, "out of order"},
		{"an answer too long", "answer", "0102" + strings.Repeat("00", AnswerBytesMax), ErrDamaged, "is the most"},
		{"a newer version", "cursor", "02" + "000000000000000000", ErrVersion, "a cursor of version 2"},
		{"a cut one", "cursor", "01" + "0000000000000000" + "0261", ErrDamaged, "name is cut short"},
		{"another depth", "leaf", "0102" + sum, ErrDepth, "rebuild"},
		{"a cut one", "leaf", "0101" + sum[2:], ErrDamaged, "sum is cut short"},
		{"a leaf of nothing", "leaf", "0101" + strings.Repeat("00", 16), ErrDamaged, "a sum of nothing"},
		{"a leaf and a byte", "leaf", "0101" + sum + "00", ErrDamaged, "left over"},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := decoders[c.of](b); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, %s: %v", c.of, c.name, err)
		}
	}
}

func TestALeafSurvivesTheDisk(t *testing.T) {
	sum := hashOf(Key{1, "k"}, "s")
	if back, err := DecodeLeaf(AppendLeaf(nil, 2, sum), 2); err != nil || back != sum {
		t.Errorf("%s comes back as %s: %v", sum, back, err)
	}
}

func TestWhatIsCutIsRefused(t *testing.T) {
	requests, answers := samples()
	for _, r := range requests {
		whole := AppendRequest(nil, r)
		for n := range whole {
			if _, err := DecodeRequest(whole[:n]); err == nil {
				t.Errorf("%d of %d bytes of %+v are taken", n, len(whole), r)
			}
		}
	}
	for _, a := range answers {
		whole := AppendAnswer(nil, a)
		for n := range whole {
			if _, err := DecodeAnswer(whole[:n]); err == nil {
				t.Errorf("%d of %d bytes of %+v are taken", n, len(whole), a)
			}
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	requests, _ := samples()
	for _, r := range requests {
		f.Add(AppendRequest(nil, r))
	}
	m := newModel(Extent{}, 1)
	for i := range uint64(200) {
		m.put(Key{i << 56, "k"}, "s")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRequest(b)
		if err != nil {
			return
		}
		if !bytes.Equal(AppendRequest(nil, r), b) || r.Size() != len(b) {
			t.Fatal("a request is taken that is written otherwise")
		}
		a, err := m.side().Ask(context.Background(), r)
		if err != nil {
			t.Fatalf("%+v is taken and not answered: %v", r, err)
		}
		if err := a.check(Extent{}, r); err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeAnswer(AppendAnswer(nil, a)); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	requests, answers := samples()
	for _, a := range answers {
		f.Add(AppendAnswer(nil, a))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeAnswer(b)
		if err != nil {
			return
		}
		if !bytes.Equal(AppendAnswer(nil, a), b) || a.Size() != len(b) {
			t.Fatal("an answer is taken that is written otherwise")
		}
		for _, r := range requests {
			if err := a.check(Extent{}, r); err != nil && !errors.Is(err, ErrAnswer) {
				t.Fatal(err)
			}
		}
	})
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(AppendCursor(nil, Key{}))
	f.Add(AppendCursor(nil, Key{1 << 63, "name\x00"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		next, err := DecodeCursor(b)
		if err == nil && !bytes.Equal(AppendCursor(nil, next), b) {
			t.Fatal("a cursor is taken that is written otherwise")
		}
	})
}

func FuzzDecodeLeaf(f *testing.F) {
	f.Add(AppendLeaf(nil, 1, Sum{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for depth := 1; depth <= DepthMax; depth++ {
			sum, err := DecodeLeaf(b, depth)
			if err == nil && !bytes.Equal(AppendLeaf(nil, depth, sum), b) {
				t.Fatal("a leaf is taken that is written otherwise")
			}
		}
	})
}
