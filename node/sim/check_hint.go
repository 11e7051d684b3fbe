package sim

import (
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// DroppedHints finds the members that never got what was kept for them: an acknowledged write named them as
// hinted, all hints are delivered, and the member holds neither the value nor anything that overwrote it.
// held is what a member has seen of a key, by its own store; dots gives the dots of each key's values.
func DroppedHints(ops []*Op, held func(m ring.NodeID, key string) clock.Clock, dots func(key string) map[string][]clock.Dot) []string {
	var out []string
	for _, o := range ops {
		if o.Kind != Write || o.Outcome != OK {
			continue
		}
		for _, m := range o.Hinted {
			if at := dots(o.Key)[o.Value]; len(at) > 0 && !slices.ContainsFunc(at, held(m, o.Key).Covers) {
				out = append(out, fmt.Sprintf("member %d never got the hint: %s", m, o))
			}
		}
	}
	return out
}

// Forgotten runs DroppedHints on what the stores hold now.
func (c *Cluster) Forgotten() []string {
	return DroppedHints(c.History.Ops(), func(m ring.NodeID, key string) clock.Clock {
		for _, copy := range c.Copies(key) {
			if copy.Member.ID == m {
				return copy.Record.Versions.Context()
			}
		}
		return clock.Clock{}
	}, c.Ledger.Dots)
}
