package client

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// tokenBytes are what the name of a header field is made of (RFC 9110, 5.6.2).
const tokenBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

// checkHeader refuses what net/http would refuse to send: its own refusal cannot be told from a node that is
// not there. Metadata, contexts and types come from the caller, so they may hold anything.
func checkHeader(h http.Header) error {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "" || strings.Trim(name, tokenBytes) != "" {
			return fmt.Errorf("no header can be called %q: a name has letters, digits, dashes and underscores", name)
		}
		for _, value := range h[name] {
			if strings.ContainsFunc(value, isControl) {
				return fmt.Errorf("the header %s cannot hold %q: it is one line without control characters", name, value)
			}
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
