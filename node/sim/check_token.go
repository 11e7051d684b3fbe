package sim

import (
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
)

// Underreaching finds tokens that do not cover what came with them, or what was covered by the token that
// their owner sent: a write with such a token leaves a sibling of what its writer had seen. Values that were
// written more than once are left out: it is not known which of their dots is whose.
func Underreaching(ops []*Op, dots func(key string) map[string][]clock.Dot) []string {
	var out []string
	writes := writesOf(ops)
	for _, o := range ops {
		if o.Got == nil {
			continue
		}
		if o.Kind != Read && o.Sent != nil && !o.Got.Clock.Includes(o.Sent.Clock) {
			out = append(out, fmt.Sprintf("the token does not cover the one that was sent: %s", o))
		}
		known := dots(o.Key)
		shown := o.Values
		if o.Kind == Write {
			shown = append(slices.Clone(shown), o.Value)
		}
		for _, value := range shown {
			if at := known[value]; writes[o.Key+"="+value] == 1 && len(at) > 0 && !slices.ContainsFunc(at, o.Got.Clock.Covers) {
				out = append(out, fmt.Sprintf("the token does not cover %q, which came with it: %s", value, o))
			}
		}
	}
	return out
}
