package sim

import (
	"fmt"
	"slices"
)

// Risen finds values that stand in the end although an acknowledged write or deletion had seen them. Values
// that were written more than once are left out: the second write may have come later.
func Risen(ops []*Op, final map[string][]string) []string {
	writes := writesOf(ops)
	var out []string
	for _, o := range ops {
		if o.Kind == Read || o.Outcome != OK || o.Sent == nil {
			continue
		}
		for _, value := range o.Sent.Shown {
			if value != o.Value && writes[o.Key+"="+value] == 1 && slices.Contains(final[o.Key], value) {
				out = append(out, fmt.Sprintf("%q stands, and was overwritten by %s", value, o))
			}
		}
	}
	return out
}
