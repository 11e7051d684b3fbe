package document

import (
	"encoding/base64"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"
)

// Object is a key with all values that stand, and the context that covers them.
type Object struct {
	Bucket   string    `json:"bucket"`
	Key      string    `json:"key"`
	Context  string    `json:"context"`
	Siblings []Sibling `json:"siblings"`
}

// Sibling is one value of a key.
type Sibling struct {
	// ID is the version's dot: 16 hexadecimal digits of the actor, "@", the counter.
	ID string `json:"id"`
	// Node is the name of the node that took the write.
	Node string `json:"node"`
	// Value is the text itself where Encoding is EncodingText, and base64 where it is EncodingBase64.
	Value           string            `json:"value"`
	Encoding        string            `json:"encoding"`
	ContentType     string            `json:"content_type"`
	ContentEncoding string            `json:"content_encoding,omitempty"`
	LastModified    string            `json:"last_modified"`
	Metadata        map[string]string `json:"metadata"`
}

// Created is the answer to a write under a key that the server chose.
type Created struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// How a sibling's value is written.
const (
	EncodingText   = "utf-8"
	EncodingBase64 = "base64"
)

// SetValue fills Value and Encoding: as text where the bytes are valid UTF-8 and the content's type is
// textual, else as base64. ContentType and ContentEncoding must be set before. The bytes are copied.
func (s *Sibling) SetValue(b []byte) {
	if s.ContentEncoding == "" && isTextual(s.ContentType) && utf8.Valid(b) {
		s.Value, s.Encoding = string(b), EncodingText
		return
	}
	s.Value, s.Encoding = base64.StdEncoding.EncodeToString(b), EncodingBase64
}

// Bytes gives the value as it was written. The result is the caller's own.
func (s *Sibling) Bytes() ([]byte, error) {
	switch s.Encoding {
	case EncodingText:
		return []byte(s.Value), nil
	case EncodingBase64:
		b, err := base64.StdEncoding.DecodeString(s.Value)
		if err != nil {
			return nil, fmt.Errorf("document: the value of sibling %s is no base64: %w", s.ID, err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("document: sibling %s has the unknown encoding %q", s.ID, s.Encoding)
}

// isTextual says whether people read contents of the type: text, JSON, XML, forms, scripts. A charset other
// than UTF-8 makes no difference here: bytes that are valid UTF-8 come back as they were in any case.
func isTextual(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch t {
	case "application/json", "application/xml", "application/yaml", "application/javascript",
		"application/x-www-form-urlencoded", "application/x-ndjson":
		return true
	}
	return strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "+json") || strings.HasSuffix(t, "+xml")
}
