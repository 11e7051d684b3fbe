package httpapi

import (
	"strings"
	"testing"
)

func TestEveryCodeHasAText(t *testing.T) {
	when, err := whens()
	if err != nil {
		t.Fatal(err)
	}
	for code, kind := range problems {
		text := aboutError(code, kind, when[code])
		if when[code] == "" || !strings.HasPrefix(text, string(code)+" (HTTP status ") || strings.Count(text, "\n") < 4 {
			t.Errorf("the text of %s is %q", code, text)
		}
	}
}
