package node

import (
	"context"

	"github.com/kindreddb/kindred/ring"
)

// repairsFor lists the owners whose answer fell short of what all answers together say. A fallback that
// holds nothing is not to be given anything.
func repairsFor(merged Object, answers []answered) []ring.NodeID {
	var out []ring.NodeID
	for _, a := range answers {
		if a.role == ring.Primary && a.err == nil && !a.reply.Object.Versions.Equal(merged.Versions) {
			out = append(out, a.node)
		}
	}
	return out
}

// repair merges what a read found into those owners that answered with less, behind the answer. It is left
// out when too much is under way already: the next read, or anti-entropy, finds the same.
func (n *Node) repair(op *operation, r *read) {
	stale := repairsFor(r.merged, r.answers)
	if len(stale) == 0 || n.NoReadRepair {
		return
	}
	object := r.merged
	n.repairs.run(func(ctx context.Context) {
		for _, id := range stale {
			ctx, cancel := context.WithTimeout(ctx, n.SlowReplica)
			m := &MergeRequest{Key: op.key, Object: object}
			var err error
			if id == n.ID {
				err = n.mergeHere(ctx, op.layout, m)
			} else {
				_, err = n.merge(ctx, id, op.layout.Number(), m)
			}
			cancel()
			if err != nil {
				n.Log.Debug("read repair failed", "node", id, "err", err)
				continue
			}
			n.counters.Repairs.Add(1)
		}
	})
}
