package sim

import (
	"fmt"
	"math"
	"time"
)

// Phantoms finds values that were shown, or stand in the end, although nobody wrote them to that key before,
// or although every write of them was refused.
func Phantoms(ops []*Op, final map[string][]string) []string {
	written := map[string][]*Op{}
	for _, o := range ops {
		if o.Kind == Write {
			id := o.Key + "=" + o.Value
			written[id] = append(written[id], o)
		}
	}
	var out []string
	judge := func(key, value string, where fmt.Stringer, before time.Duration) {
		known, refused := false, true
		for _, w := range written[key+"="+value] {
			if w.Began < before {
				known, refused = true, refused && w.Outcome == Fail
			}
		}
		switch {
		case !known:
			out = append(out, fmt.Sprintf("%q was never written to %s: %s", value, key, where))
		case refused:
			out = append(out, fmt.Sprintf("%q was refused and yet is there: %s", value, where))
		}
	}
	for _, o := range ops {
		for _, value := range o.Values {
			judge(o.Key, value, o, o.Ended)
		}
	}
	for key, values := range final {
		for _, value := range values {
			judge(key, value, theEnd{}, math.MaxInt64)
		}
	}
	return out
}

// theEnd names the final state where an operation is named otherwise.
type theEnd struct{}

func (theEnd) String() string { return "the final state" }
