package sim

import "fmt"

// Backwards finds reads that were answered as covering the token that was sent, and do not show a value that
// the token's owner knew, though nobody had seen and overwritten it. Values that were written more than once
// are left out: a second write takes the first over, and may itself not have come here yet.
func Backwards(ops []*Op) []string {
	var out []string
	writes := writesOf(ops)
	for _, o := range ops {
		if o.Kind != Read || o.Outcome != OK || o.Sent == nil || !o.Covers {
			continue
		}
		for _, value := range o.Sent.Shown {
			if writes[o.Key+"="+value] == 1 && !o.Got.knows(value) && !coveredBefore(ops, o.Key, value, o.Ended) {
				out = append(out, fmt.Sprintf("the answer is said to cover the token and lacks %q: %s", value, o))
			}
		}
	}
	return out
}
