package baseline

import "encoding/json"

// Handles name what a client had seen: handles of gets, or "ack:" and the handle of a put. None is a blind
// write.
type Handles []string

// UnmarshalJSON takes null, one handle, or a list.
func (h *Handles) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		*h = make(Handles, 1)
		return json.Unmarshal(b, &(*h)[0])
	}
	return json.Unmarshal(b, (*[]string)(h))
}

// AckPrefix stands before the handle of a put whose own history is meant, and not what else its server held.
const AckPrefix = "ack:"

// Expected is what a check is to give: values for a get, a relation for the comparisons, yes or no for
// Covers. Values is nil where nothing is expected of a get.
type Expected struct {
	Values   []string
	Relation string
	Covered  bool
}

// UnmarshalJSON takes a list, a string or a boolean.
func (e *Expected) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '[':
		return json.Unmarshal(b, &e.Values)
	case '"':
		return json.Unmarshal(b, &e.Relation)
	default:
		return json.Unmarshal(b, &e.Covered)
	}
}
