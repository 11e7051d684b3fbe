package httpapi

import "strings"

// splitTarget parts a raw request target into path and query, and drops scheme and authority where it is in
// absolute form; authority is "" where it is not. Nothing is decoded. ok is false for a target that is
// neither a path nor absolute, like "*" or the authority of a CONNECT.
func splitTarget(raw string) (authority, path, query string, ok bool) {
	if !strings.HasPrefix(raw, "/") {
		for _, scheme := range []string{"http://", "https://"} {
			if len(raw) < len(scheme) || !strings.EqualFold(raw[:len(scheme)], scheme) {
				continue
			}
			rest := raw[len(scheme):]
			end := strings.IndexAny(rest, "/?")
			if end < 0 {
				end = len(rest)
			}
			authority, raw = rest[:end], rest[end:]
			if !strings.HasPrefix(raw, "/") {
				raw = "/" + raw
			}
			break
		}
		if authority == "" {
			return "", "", "", false
		}
	}
	path, query, _ = strings.Cut(raw, "?")
	return authority, path, query, true
}
