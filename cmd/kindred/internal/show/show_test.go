package show

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTablesAreAlignedByWhatTheScreenShows(t *testing.T) {
	table := NewTable("node", "value", "")
	table.Row("n1", "milk", "x")
	table.Row("東京", "e\u0301", "y") // two wide characters; a letter with a combining mark
	table.Row("n1234", "line\nend", "z")
	table.Row("short")
	want := "" +
		"  node   value\n" +
		"  n1     milk       x\n" +
		"  東京   e\u0301          y\n" +
		"  n1234  line\\nend  z\n" +
		"  short\n"
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextFromOutsideCannotSteerTheTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"plain ü 東京":        "plain ü 東京",
		"\x1b[31mred":       `\x1b[31mred`,
		"a\r\nb\tc\x00":     `a\r\nb\tc\x00`,
		"\xff\xfe":          `\xff\xfe`,
		"abc\u202edef":      `abc\u202edef`,
		"\u0085next":        `\u0085next`,
		"the sign \ufffd":   "the sign \ufffd",
		"\u009b31m":         `\u009b31m`,
		`back\slash stands`: `back\slash stands`,
	} {
		if got := Harmless(text); got != want {
			t.Errorf("Harmless(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestClippedTextSaysThatSomethingIsMissing(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{{"milk", 4, "milk"}, {"milky", 4, "mil…"}, {"東京都", 5, "東京…"}, {"東京都", 4, "東…"}, {"", 0, ""}} {
		if got := Clip(c.text, c.columns); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func FuzzHarmlessTextIsPrintable(f *testing.F) {
	f.Add("a\x1b[0m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		out := Harmless(text)
		if !utf8.ValidString(out) {
			t.Fatalf("%q became %q, which is no UTF-8", text, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) && r != utf8.RuneError {
				t.Fatalf("%q became %q with %U", text, out, r)
			}
		}
		if Width(Clip(out, 10)) > 10 {
			t.Fatalf("%q is too wide after clipping", out)
		}
	})
}
