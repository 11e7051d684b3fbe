package baseline

import (
	"encoding/json"
	"fmt"
)

// ClockCase is one operation on clocks in the papers' notation.
type ClockCase struct {
	Op     string          `json:"op"`
	Clock  PaperClock      `json:"clock"`
	Left   PaperClock      `json:"left"`
	Right  PaperClock      `json:"right"`
	S1     []PaperClock    `json:"s1"`
	S2     []PaperClock    `json:"s2"`
	S      []PaperClock    `json:"s"`
	SR     []PaperClock    `json:"sr"`
	R      string          `json:"r"`
	Expect json.RawMessage `json:"expect"` // its form depends on Op
}

// PaperClock is a list of (id, m) and (id, m, n).
type PaperClock []PaperEntry

// PaperEntry stands for the events 1 to Upto of an actor and, where Dot is above zero, for that one too.
type PaperEntry struct {
	ID   string
	Upto uint64
	Dot  uint64
}

// UnmarshalJSON takes [id, m] or [id, m, n].
func (e *PaperEntry) UnmarshalJSON(b []byte) error {
	*e = PaperEntry{}
	fields := []any{&e.ID, &e.Upto, &e.Dot}
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	if len(fields) < 2 || len(fields) > 3 {
		return fmt.Errorf("baseline: %s is no entry of a clock: want [id, m] or [id, m, n]", b)
	}
	return nil
}
