package sim

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// variant is a wrong version of the program, as a unified diff with a head of "Name: value" lines.
type variant struct {
	name string
	head map[string]string
	// files are the hunks of each file, by its path from the module's root.
	files map[string][]hunk
}

// hunk is one place: the lines that must be there, and those that take their place.
type hunk struct{ old, new []string }

// parseVariant reads a patch file.
func parseVariant(name, text string) (*variant, error) {
	v := &variant{name: name, head: map[string]string{}, files: map[string][]hunk{}}
	file := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		mark, rest := "", ""
		if line != "" {
			mark, rest = line[:1], line[1:]
		}
		hunks := v.files[file]
		switch {
		case strings.HasPrefix(line, "--- "):
		case strings.HasPrefix(line, "+++ b/"):
			file = strings.TrimPrefix(line, "+++ b/")
		case file == "":
			if key, value, ok := strings.Cut(line, ": "); ok {
				v.head[key] = value
			}
		case strings.HasPrefix(line, "@@"):
			v.files[file] = append(hunks, hunk{})
		case len(hunks) == 0:
			return nil, fmt.Errorf("%s: %q stands before any hunk", name, line)
		default:
			h := &hunks[len(hunks)-1]
			if mark != "+" {
				h.old = append(h.old, rest)
			}
			if mark != "-" {
				h.new = append(h.new, rest)
			}
		}
	}
	if len(v.files) == 0 {
		return nil, fmt.Errorf("%s changes no file", name)
	}
	return v, nil
}

// apply gives the file's text with all hunks in it. Each hunk's lines must occur exactly once: line numbers
// are not looked at, so that a change elsewhere in the file does no harm.
func apply(text string, hunks []hunk) (string, error) {
	lines := strings.Split(text, "\n")
	for _, h := range hunks {
		found := -1
		for i := 0; i+len(h.old) <= len(lines); i++ {
			if slices.Equal(lines[i:i+len(h.old)], h.old) {
				if found >= 0 {
					return "", fmt.Errorf("these lines occur twice:\n%s", strings.Join(h.old, "\n"))
				}
				found = i
			}
		}
		if found < 0 {
			return "", fmt.Errorf("these lines are not there any more:\n%s", strings.Join(h.old, "\n"))
		}
		lines = slices.Replace(lines, found, found+len(h.old), h.new...)
	}
	return strings.Join(lines, "\n"), nil
}

func TestAPatchIsAppliedWhereItsLinesAre(t *testing.T) {
	v, err := parseVariant("x", "What: a test\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n two\n-three\n+drei\n four\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"elsewhere", "zero\none\ntwo\nthree\nfour\n", "zero\none\ntwo\ndrei\nfour\n"},
		{"not there", "two\nthree\nfive\n", ""},
		{"there twice", "two\nthree\nfour\ntwo\nthree\nfour\n", ""},
	} {
		got, err := apply(c.text, v.files["f"])
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if v.head["What"] != "a test" {
		t.Errorf("the head is %v", v.head)
	}
}

// TestEveryPatchStillApplies fails when a change of the program has left a wrong variant behind.
func TestEveryPatchStillApplies(t *testing.T) {
	for _, v := range variants(t) {
		for path, hunks := range v.files {
			text, err := os.ReadFile(root + path)
			if err != nil {
				t.Errorf("%s: %v", v.name, err)
				continue
			}
			if _, err := apply(string(text), hunks); err != nil {
				t.Errorf("%s: %s: %v\nwrite the patch anew against the present file", v.name, path, err)
			}
		}
		if v.head["What"] == "" || v.head["Story"] == "" && v.head["Seeds"] == "" {
			t.Errorf("%s: its head must say What is wrong, and which Story or how many Seeds catch it", v.name)
		}
	}
}
