package sim

import (
	"fmt"
	"slices"
)

// FalseConflicts finds values that were shown side by side although the writer of one had seen the other.
// Values that were written more than once are left out: the second write of one may be younger.
func FalseConflicts(ops []*Op, final map[string][]string) []string {
	writers := map[string][]*Op{}
	for _, o := range ops {
		if o.Kind == Write {
			id := o.Key + "=" + o.Value
			writers[id] = append(writers[id], o)
		}
	}
	var out []string
	judge := func(key string, values []string, where fmt.Stringer) {
		for _, younger := range values {
			by := writers[key+"="+younger]
			if len(by) != 1 {
				continue
			}
			for _, older := range values {
				if older != younger && by[0].Sent.knows(older) && len(writers[key+"="+older]) == 1 {
					out = append(out, fmt.Sprintf("%q is shown beside %q, whose writer had seen it: %s", older, younger, where))
				}
			}
		}
	}
	for _, o := range ops {
		judge(o.Key, o.Values, o)
	}
	for key, values := range final {
		judge(key, values, theEnd{})
	}
	slices.Sort(out)
	return out
}
