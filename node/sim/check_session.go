package sim

import "fmt"

// Backwards finds reads that were answered as covering the token that was sent, and do not show a value that
// the token's owner knew, though nobody had seen and overwritten it.
func Backwards(ops []*Op) []string {
	var out []string
	for _, o := range ops {
		if o.Kind != Read || o.Outcome != OK || o.Sent == nil || !o.Covers {
			continue
		}
		for _, value := range o.Sent.Shown {
			if !o.Got.knows(value) && !coveredBefore(ops, o.Key, value, o.Ended) {
				out = append(out, fmt.Sprintf("the answer is said to cover the token and lacks %q: %s", value, o))
			}
		}
	}
	return out
}
