package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/kindreddb/kindred/httpapi/document"
)

// changeFault says what is wrong with the JSON of a change in words for who wrote it: which field, and what
// is wanted there. What the decoder itself says speaks of types of Go.
func changeFault(err error) string {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return "it must be a JSON object, not " + given(wrong.Value)
	case errors.As(err, &wrong):
		return wrong.Field + " must be " + wanted(wrong.Type) + ", not " + given(wrong.Value)
	case errors.As(err, &syntax):
		return "it is no JSON from byte " + strconv.FormatInt(syntax.Offset, 10) + " on"
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "its JSON ends too early"
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		return "there is no property " + show(name)
	}
	return "it is no JSON"
}

// wanted names what a field of the type holds.
func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[document.Level]() {
		return "a number of replicas, one, quorum or all"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	}
	return "a whole number that fits"
}

// given names what the decoder found instead.
func given(value string) string {
	if number, found := strings.CutPrefix(value, "number "); found {
		return show(number)
	}
	switch value {
	case "bool":
		return "true or false"
	case "array", "object", "empty string":
		return "an " + value
	}
	return "a " + value
}
