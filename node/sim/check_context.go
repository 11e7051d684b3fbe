package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/kindreddb/kindred/clock"
)

// Overreaching finds tokens that cover a value which their owner was not shown and which nobody else had
// seen when the token was given: a write with such a token overwrites what nobody knows of. dots gives the
// dots of each key's values; what the owner was shown is the client's own knowledge.
//
// A value that another write had covered, be its outcome unknown, is dead or may be, and may lie in any token.
// Of a value that was written more than once, all dots must be covered: the writes take one another over.
//
// Where a disk was lost, ackedOnly leaves out values that nobody acknowledged: such a one may be gone with the
// disk, and its number be claimed by the next write of an actor of which nobody saw more.
func Overreaching(ops []*Op, dots func(key string) map[string][]clock.Dot, ackedOnly bool) []string {
	var out []string
	acked := map[string]bool{}
	for _, o := range ops {
		if o.Kind == Write && o.Outcome == OK {
			acked[o.Key+"="+o.Value] = true
		}
	}
	for _, key := range keysOf(ops) {
		values := dots(key)
		for _, o := range ops {
			if o.Key != key || o.Got == nil {
				continue
			}
			for value, at := range values {
				if ackedOnly && !acked[key+"="+value] || o.Got.knows(value) || !coversAll(o.Got.Clock, at) || coveredBefore(ops, key, value, o.Ended) {
					continue
				}
				out = append(out, fmt.Sprintf("the token covers %q, which was not shown and which nobody had seen: %s", value, o))
			}
		}
	}
	slices.Sort(out)
	return out
}

func coversAll(c clock.Clock, dots []clock.Dot) bool {
	return !slices.ContainsFunc(dots, func(d clock.Dot) bool { return !c.Covers(d) })
}

// coveredBefore says whether a write that began before had been shown the value, or may have met it.
func coveredBefore(ops []*Op, key, value string, before time.Duration) bool {
	return slices.ContainsFunc(ops, func(o *Op) bool {
		return o.Key == key && o.Kind != Read && o.Outcome != Fail && o.Began < before && (o.Sent.knows(value) || o.sawUntold())
	})
}

// keysOf are the keys of the operations, in order.
func keysOf(ops []*Op) []string {
	var out []string
	for _, o := range ops {
		out = append(out, o.Key)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
