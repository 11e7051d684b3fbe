package document

import (
	"mime"
	"strings"
)

// IsMediaType says whether the text is a media type as a Content-Type holds one: type, slash, subtype, and
// parameters where there are some (RFC 9110, 8.3.1).
func IsMediaType(text string) bool {
	t, _, err := mime.ParseMediaType(text)
	kind, sub, both := strings.Cut(t, "/")
	return err == nil && both && kind != "" && sub != ""
}
