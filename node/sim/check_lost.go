package sim

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Lost finds the acknowledged writes that are gone although nobody who had seen them overwrote them. final
// are the values that stand in the end, by key.
//
// What a client had seen is what came with the token that it sent, never what the server says of its clocks.
// An operation is effective when it was acknowledged, or its value was ever read. A write that was seen only
// by operations of unknown outcome is excused: one of them may have overwritten it. So is what a deletion
// without a context may have met: its client does not learn what it deleted. No closure is needed: a
// value that was seen through another is covered by that other's writer.
func Lost(ops []*Op, final map[string][]string) (lost, excused []string) {
	read := readValues(ops, final)
	covered, perhaps := map[string]bool{}, map[string]bool{}
	blind := map[string]time.Duration{}
	for _, o := range ops {
		if o.sawUntold() {
			until := o.Ended
			if o.Outcome != OK {
				until = math.MaxInt64 // it may come to pass after its client gave up
			}
			blind[o.Key] = max(blind[o.Key], until)
		}
		if o.Kind == Read || o.Outcome == Fail || o.Sent == nil {
			continue
		}
		into := perhaps
		if o.Outcome == OK || o.Kind == Write && read[o.Key+"="+o.Value] {
			into = covered
		}
		for _, value := range o.Sent.Shown {
			into[o.Key+"="+value] = true
		}
	}
	for _, o := range ops {
		id := o.Key + "=" + o.Value
		switch {
		case o.Kind != Write || o.Outcome != OK || slices.Contains(final[o.Key], o.Value) || covered[id]:
		case perhaps[id], o.Began < blind[o.Key]:
			excused = append(excused, id)
		default:
			lost = append(lost, fmt.Sprintf("acknowledged and gone, and nobody had seen it: %s", o))
		}
	}
	return lost, excused
}

// writesOf counts the writes of each value, as "key=value".
func writesOf(ops []*Op) map[string]int {
	writes := map[string]int{}
	for _, o := range ops {
		if o.Kind == Write {
			writes[o.Key+"="+o.Value]++
		}
	}
	return writes
}

// readValues are all values that were ever shown, as "key=value".
func readValues(ops []*Op, final map[string][]string) map[string]bool {
	read := map[string]bool{}
	for _, o := range ops {
		for _, value := range o.Values {
			read[o.Key+"="+value] = true
		}
	}
	for key, values := range final {
		for _, value := range values {
			read[key+"="+value] = true
		}
	}
	return read
}
