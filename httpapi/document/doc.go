// Package document holds the JSON that Kindred speaks over HTTP, as Go types: what the server writes is what
// its clients read. The fields stand in the order of the documents.
//
// Names of buckets and keys are percent-encoded in them as they are in a path, because JSON cannot carry all
// bytes; package names has both directions. Times are UTC with milliseconds (see FormatTime). A figure that
// nobody knows is null.
//
// The package is pure and imports nothing of ours.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Media types of the documents, and of the other form that holds several values.
const (
	TypeObject  = "application/vnd.kindred.object+json"
	TypeParts   = "multipart/mixed"
	TypeProblem = "application/problem+json"
	TypeJSON    = "application/json"
)

// timeLayout is RFC 3339 with exactly three digits of a second.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// FormatTime writes a time in UTC with milliseconds.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime reads what FormatTime wrote.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("document: %q is no time with milliseconds: %w", s, err)
	}
	return t.UTC(), nil
}

// Encode gives the document as one line of JSON without a line end. The same value always gives the same
// bytes. Characters that matter to HTML stay as they are. It fails only for types that JSON does not know.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("document: %T cannot be written as JSON: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Level is a count of replicas as the documents write it: a number, or a word (quorum, all, w).
type Level string

// MarshalJSON writes numbers as numbers and words as strings.
func (l Level) MarshalJSON() ([]byte, error) {
	if _, err := strconv.ParseUint(string(l), 10, 16); err == nil {
		return []byte(l), nil
	}
	return json.Marshal(string(l))
}

// UnmarshalJSON takes a number or a string; what the string means is for the server to judge. Its error is a
// *json.UnmarshalTypeError, in which the decoder puts down the field.
func (l *Level) UnmarshalJSON(b []byte) error {
	var n uint16
	if err := json.Unmarshal(b, &n); err == nil && string(b) != "null" {
		*l = Level(strconv.Itoa(int(n)))
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil || s == "" {
		return &json.UnmarshalTypeError{Value: kindOf(b), Type: reflect.TypeFor[Level]()}
	}
	*l = Level(s)
	return nil
}

// kindOf names a JSON value as package json does.
func kindOf(b []byte) string {
	switch b[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "empty string" // the only string that is refused
	case 't', 'f':
		return "bool"
	}
	return "number " + string(b)
}
