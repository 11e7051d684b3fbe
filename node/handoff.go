package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// How hinted handoff goes about its work.
const (
	handoffEvery   = time.Second // between two looks for targets that are back
	handoffBatch   = 64          // keys looked up at a time
	handoffWorkers = 4           // deliveries under way to one target
)

// handOff delivers what this node keeps for others, target by target, whenever one of them can be reached,
// until ctx ends.
func (n *Node) handOff(ctx context.Context) {
	tick := time.NewTicker(handoffEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var targets sync.WaitGroup
		for id, h := range n.Store.Stats().Hints {
			if h.Count > 0 && id != n.ID && n.reachable(id) {
				targets.Go(func() { n.handOffTo(ctx, id) })
			}
		}
		targets.Wait()
	}
}

// handOffTo delivers everything that is kept for the target, until the first delivery that fails.
func (n *Node) handOffTo(ctx context.Context, target ring.NodeID) {
	var after Key
	for ctx.Err() == nil {
		keys, err := n.Store.Hinted(ctx, target, after, handoffBatch)
		if err != nil {
			n.Log.Error("hints could not be listed", "target", target, "err", err)
			return
		}
		if len(keys) == 0 {
			return
		}
		if !n.handOffBatch(ctx, target, keys) {
			return
		}
		after = keys[len(keys)-1]
	}
}

// handOffBatch delivers some keys at a time and says whether all of them went well.
func (n *Node) handOffBatch(ctx context.Context, target ring.NodeID, keys []Key) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var workers sync.WaitGroup
	next := make(chan Key)
	failed := make(chan error, handoffWorkers)
	for range handoffWorkers {
		workers.Go(func() {
			for key := range next {
				if err := n.handOffKey(ctx, target, key); err != nil {
					failed <- err
					cancel()
					return
				}
			}
		})
	}
	for _, key := range keys {
		select {
		case next <- key:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	select {
	case err := <-failed:
		n.Log.Debug("handoff broke off", "target", target, "err", err)
		return false
	default:
		return true
	}
}

// handOffKey delivers one record, and takes the target off its list when the target has it on disk and the
// record is still what was delivered. A record that this node does not own goes with its last target.
func (n *Node) handOffKey(ctx context.Context, target ring.NodeID, key Key) error {
	ctx, cancel := context.WithTimeout(ctx, n.FanoutTimeout)
	defer cancel()
	rec, err := n.Store.Read(ctx, key, -1)
	if err != nil {
		return err
	}
	layout := n.View().Layout
	if _, err := n.merge(ctx, target, layout.Number(), &MergeRequest{Key: key, Object: rec.Object, Durable: true}); err != nil {
		return err
	}
	n.counters.HintsDelivered.Add(1)
	return n.Store.Update(ctx, key, false, func(held Held) (Change, error) {
		i := slices.Index(held.Targets, target)
		if i < 0 || !held.Versions.Equal(rec.Versions) {
			return Change{}, nil
		}
		rest := slices.Delete(slices.Clone(held.Targets), i, i+1)
		rng := key.RangeOf(layout.Partitions())
		if len(rest) == 0 && !layout.Owns(n.ID, rng.Partition, rng.N) {
			return Change{Write: true}, nil
		}
		return Change{Write: true, Object: held.Object, Targets: rest}, nil
	})
}
