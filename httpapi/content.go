package httpapi

import (
	"strings"
	"unicode/utf8"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

// Bounds of what is stored beside a value, in bytes.
const (
	metadataBytesMax    = 8 << 10
	contentTypeBytesMax = 1 << 10
	defaultContentType  = "application/octet-stream"
	metaPrefix          = "meta-"
)

// readContent takes in the value and all that is stored with it.
func (o *objectExchange) readContent() (*node.Content, error) {
	meta, err := o.metadata()
	if err != nil {
		return nil, err
	}
	contentType, err := o.stored("Content-Type")
	if err != nil {
		return nil, err
	}
	switch {
	case contentType == "":
		contentType = defaultContentType
	case !document.IsMediaType(contentType):
		return nil, refusal(codeBadRequest, "the Content-Type %s is no media type: TYPE/SUBTYPE is wanted, as in text/plain; charset=utf-8", show(contentType))
	}
	encoding, err := o.stored("Content-Encoding")
	if err != nil {
		return nil, err
	}
	value, err := o.readBody(o.view.Bucket(o.bucket).MaxValueSize, "value")
	if err != nil {
		return nil, err
	}
	return node.NewContent(value, contentType, encoding, meta), nil
}

// stored reads a header that is stored as it is.
func (x *exchange) stored(name string) (string, error) {
	value := strings.Join(x.headers(name), ", ")
	switch {
	case len(value) > contentTypeBytesMax:
		return "", refusal(codeHeadersTooLarge, "the %s has more than %d bytes", name, contentTypeBytesMax)
	case !isText(value):
		return "", refusal(codeBadRequest, "the %s holds bytes that are no text", name)
	}
	return value, nil
}

// metadata collects the client's own fields: names in lower case, repeats joined.
func (x *exchange) metadata() ([]node.Meta, error) {
	var meta []node.Meta
	total := 0
	for k, v := range x.ctx.Request.Header.All() {
		name, isMeta := strings.CutPrefix(strings.ToLower(string(k)), metaPrefix)
		if !isMeta {
			continue
		}
		value := string(v)
		if name == "" {
			return nil, refusal(codeBadRequest, "a metadata field has no name: Meta-NAME is wanted")
		}
		if !isText(value) {
			return nil, refusal(codeBadRequest, "the metadata field %s holds bytes that are no UTF-8 text", show(name))
		}
		at := -1
		for i := range meta {
			if meta[i].Name == name {
				at = i
			}
		}
		if at >= 0 {
			meta[at].Value += ", " + value
			total += len(value) + len(", ")
		} else {
			meta = append(meta, node.Meta{Name: name, Value: value})
			total += len(name) + len(value)
		}
		if total > metadataBytesMax {
			return nil, refusal(codeHeadersTooLarge, "the metadata fields together have more than %d bytes", metadataBytesMax)
		}
	}
	return meta, nil
}

// isText says whether a header's value may be stored: it will stand in headers and in JSON again. CR, LF and
// NUL never get this far; they are asked for all the same, where the cost of a mistake is a split response.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsAny(s, "\r\n\x00") }
