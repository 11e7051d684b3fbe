package httpapi

import (
	"mime"
	"strconv"
	"strings"

	"github.com/kindreddb/kindred/httpapi/document"
)

// mediaRange is one element of an Accept header.
type mediaRange struct {
	kind, sub string // "*" for any
	quality   float64
}

// parseAccept reads all Accept fields. Elements that are malformed are passed over: old clients send some.
func parseAccept(fields []string) []mediaRange {
	var out []mediaRange
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			name, params, err := mime.ParseMediaType(element)
			kind, sub, ok := strings.Cut(name, "/")
			if err != nil || !ok {
				continue
			}
			quality := 1.0
			if q, has := params["q"]; has {
				if quality, err = strconv.ParseFloat(q, 64); err != nil || quality < 0 || quality > 1 {
					continue
				}
			}
			out = append(out, mediaRange{kind, sub, quality})
		}
	}
	return out
}

// quality is how much a media type is wanted, 0 for not at all, and whether it is named in full. The most
// specific range that fits decides.
func quality(ranges []mediaRange, mediaType string) (q float64, named bool) {
	kind, sub, _ := strings.Cut(mediaType, "/")
	best := -1
	for _, r := range ranges {
		specific := -1
		switch {
		case r.kind == kind && r.sub == sub:
			specific = 2
		case r.kind == kind && r.sub == "*":
			specific = 1
		case r.kind == "*" && r.sub == "*":
			specific = 0
		}
		if specific > best {
			best, q, named = specific, r.quality, specific == 2
		}
	}
	return q, named
}

// form is how a key's values are given.
type form uint8

const (
	formNone     form = iota // nothing that is wanted can be given
	formRaw                  // the bytes of the one value
	formDocument             // the object document
)

// chooseForm says how a single value of the media type is given. The document is given where it is asked for
// by its full name and nothing is wanted more.
func chooseForm(accept []string, valueType string) form {
	ranges := parseAccept(accept)
	if len(ranges) == 0 {
		return formRaw
	}
	if t, _, err := mime.ParseMediaType(valueType); err == nil {
		valueType = t
	}
	raw, _ := quality(ranges, valueType)
	doc, named := quality(ranges, document.TypeObject)
	switch {
	case named && doc > 0 && doc >= raw:
		return formDocument
	case raw > 0:
		return formRaw
	case doc > 0:
		return formDocument
	}
	return formNone
}

// wantsDocument says whether the object document is asked for by its full name.
func wantsDocument(accept []string) bool {
	q, named := quality(parseAccept(accept), document.TypeObject)
	return named && q > 0
}
