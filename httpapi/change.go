package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"

	"github.com/kindreddb/kindred/httpapi/document"
)

// changeBytesMax bounds the body of a change.
const changeBytesMax = 16 << 10

// readChange reads the body of a request that changes something into a document: JSON, one object, nothing
// that is unknown, nothing behind it. of says what is to change.
func (x *exchange) readChange(change any, of string) error {
	if t, _, err := mime.ParseMediaType(x.header("Content-Type")); err != nil || t != document.TypeJSON {
		return refusal(codeBadRequest, "the body must be JSON, and its Content-Type %s", document.TypeJSON)
	}
	body, err := x.readBody(changeBytesMax, "body")
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(change); err != nil {
		return refusal(codeBadRequest, "the body is no change of %s: %s", of, changeFault(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refusal(codeBadRequest, "something stands behind the JSON of the body")
	}
	return nil
}
