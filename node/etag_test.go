package node

import (
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

func TestAnEntityTagNamesWhatAReaderIsShown(t *testing.T) {
	a, b := blind(1, 1, text("a")), blind(2, 1, text("b"))
	tag := func(objects ...Object) ETag {
		var o Object
		for _, next := range objects {
			o = MergeObjects(o, next)
		}
		return ETagOf(o.Versions)
	}
	if tag(a, b) != tag(b, a) || tag(a) != tag(a, a) {
		t.Error("the order of replicas matters")
	}
	if tag(a) != tag(a, blind(3, 1, nil)) {
		t.Error("a tombstone, which no reader sees, changes it")
	}
	others := map[ETag]string{tag(a): "a"}
	for name, other := range map[string]ETag{
		"a sibling more":               tag(a, b),
		"the sibling alone":            tag(b),
		"the same bytes written again": tag(blind(1, 2, text("a"))),
		"the same dot, other bytes":    tag(blind(1, 1, text("c"))),
		"another actor's":              tag(blind(7, 1, text("a"))),
	} {
		if was, twice := others[other]; twice {
			t.Errorf("%q has the tag of %q", name, was)
		}
		others[other] = name
	}
	// Fixed for good: clients keep tags across upgrades of the servers.
	if got, want := ETagOf(clock.Set{a.Versions[0]}).String(), "053b2cc491322da642ca31c8257bbb11"; got != want {
		t.Errorf("the tag of a known set is %s, and was %s", got, want)
	}
}

func TestAnEntityTagIsReadAsItIsWritten(t *testing.T) {
	good := ETagOf(blind(1, 1, text("a")).Versions)
	if got, err := ParseETag(good.String()); err != nil || got != good {
		t.Errorf("%v, %v", got, err)
	}
	s := good.String()
	for name, bad := range map[string]string{
		"empty": "", "short": s[1:], "long": s + "0", "with quotes": `"` + s[2:] + `"`,
		"upper case": strings.ToUpper(strings.Repeat("ab", 16)), "no digits": strings.Repeat("zz", 16), "any": "*",
	} {
		if _, err := ParseETag(bad); err == nil {
			t.Errorf("%s: %q was taken", name, bad)
		}
	}
}

func FuzzParseETag(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("0f", 16))
	f.Fuzz(func(t *testing.T, s string) {
		if tag, err := ParseETag(s); err == nil && tag.String() != s {
			t.Errorf("%q is read as %s", s, tag)
		}
	})
}
