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
	formParts                // one part for each value
)

// wishes is what an Accept header makes of the two forms that hold any number of values.
type wishes struct {
	doc, parts           float64
	docNamed, partsNamed bool
}

func readWishes(ranges []mediaRange) (w wishes) {
	w.doc, w.docNamed = quality(ranges, document.TypeObject)
	w.parts, w.partsNamed = quality(ranges, document.TypeParts)
	return w
}

// named gives the form that is asked for by its full name and wanted no less than the other quality, which is
// that of what the client gets anyhow; formNone where there is none. Between equals the document goes first.
func (w wishes) named(other float64) form {
	switch {
	case w.docNamed && w.doc > 0 && w.doc >= other && (!w.partsNamed || w.doc >= w.parts):
		return formDocument
	case w.partsNamed && w.parts > 0 && w.parts >= other:
		return formParts
	}
	return formNone
}

// chooseForm says how a single value of the media type is given: as it is, unless a form that is asked for by
// its full name is wanted as much, or the value's own type is not wanted at all.
func chooseForm(accept []string, valueType string) form {
	ranges := parseAccept(accept)
	if len(ranges) == 0 {
		return formRaw
	}
	if t, _, err := mime.ParseMediaType(valueType); err == nil {
		valueType = t
	}
	raw, _ := quality(ranges, valueType)
	w := readWishes(ranges)
	named := w.named(raw)
	switch {
	case named != formNone:
		return named
	case raw > 0:
		return formRaw
	case w.doc > 0 && w.doc >= w.parts:
		return formDocument
	case w.parts > 0:
		return formParts
	}
	return formNone
}

// chooseSiblingsForm says how several values are given, and under which status: 200 for the document where it
// is asked for by its full name, else 300. It is never formNone: a conflict that a client cannot see is worse
// than a media type that it did not name.
func chooseSiblingsForm(accept []string) (f form, status int) {
	w := readWishes(parseAccept(accept))
	byDefault := w.doc
	if w.docNamed {
		byDefault = 0
	}
	switch w.named(byDefault) {
	case formDocument:
		return formDocument, 200
	case formParts:
		return formParts, 300
	}
	if w.parts > w.doc {
		return formParts, 300
	}
	return formDocument, 300
}
