package httpapi

import (
	"strings"
	"testing"
)

// FuzzWhatIsParsedHoldsItsPromises gives any text to the parsers of headers and queries. What they take must
// keep to their bounds, and mean the same when it is written again.
func FuzzWhatIsParsedHoldsItsPromises(f *testing.F) {
	for _, seed := range []string{
		`"a", W/"b"`, "*", `"`, "text/plain;q=0.5, */*", "r=1&w=quorum&timeout=2s&sloppy=false", "http://h/kv/b/k?r=1",
		"r=%31&r=1", "multipart/mixed; boundary=\"a,b\"", "HTTP://[::1]:80?x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tags, _, err := parseTags("If-Match", []string{s}); err == nil {
			var again strings.Builder
			for _, tag := range tags {
				if tag.weak {
					again.WriteString("W/")
				}
				again.WriteString(`"` + tag.opaque + `",`)
			}
			if back, _, err := parseTags("If-Match", []string{again.String()}); len(tags) > 0 && (err != nil || len(back) != len(tags)) {
				t.Errorf("%q became %d tags, and those %d, %v", s, len(tags), len(back), err)
			}
		}
		for _, r := range parseAccept([]string{s}) {
			if r.quality < 0 || r.quality > 1 || r.kind == "" {
				t.Errorf("%q has the media range %+v", s, r)
			}
		}
		if f, status := chooseSiblingsForm([]string{s}); f == formParts && status != 300 || f == formRaw || f == formNone {
			t.Errorf("with Accept: %q siblings are given in the form %d under %d", s, f, status)
		}
		if p, err := parseParams(s, 3, true); err == nil {
			if p.timeout < timeoutMin || p.timeout > timeoutMax {
				t.Errorf("%q has the timeout %v", s, p.timeout)
			}
			if o := p.options; o.R > 3 || o.W > 3 || o.R == 0 || o.W == 0 || o.PR > 3 || o.PW > 3 || o.DW > 3 {
				t.Errorf("%q has the options %+v", s, o)
			}
		}
		if authority, path, query, ok := splitTarget(s); ok {
			if !strings.HasPrefix(path, "/") || strings.Contains(path, "?") || strings.Contains(authority, "/") ||
				!strings.Contains(s, query) || authority == "" && !strings.HasPrefix(s, path) {
				t.Errorf("%q was split to %q, %q, %q", s, authority, path, query)
			}
		}
		if shown := show(s); len(shown) > 200 || strings.ContainsAny(shown, "\r\n\x00") {
			t.Errorf("%q is shown as %q", s, shown)
		}
		if clean := sanitize(s); strings.ContainsAny(clean, `"<>\`) {
			t.Errorf("%q is shown as %q", s, clean)
		}
	})
}
