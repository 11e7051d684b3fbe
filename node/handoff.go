package node

import (
	"context"
	"errors"
	"maps"
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

// handOff delivers what this node keeps for others, whenever one of them can be reached, until ctx ends. Each
// target has a goroutine of its own, so that none waits for another's backlog.
func (n *Node) handOff(ctx context.Context) {
	tick := time.NewTicker(handoffEvery)
	defer tick.Stop()
	var targets sync.WaitGroup
	defer targets.Wait()
	var mu sync.Mutex
	busy := map[ring.NodeID]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		mu.Lock()
		hints := n.Store.Stats().Hints
		for _, id := range slices.Sorted(maps.Keys(hints)) { // one order, so that a simulated run replays
			if hints[id].Count == 0 || id == n.ID || busy[id] || !n.reachable(id) {
				continue
			}
			busy[id] = true
			targets.Go(func() {
				n.handOffTo(ctx, id)
				mu.Lock()
				defer mu.Unlock()
				delete(busy, id)
			})
		}
		mu.Unlock()
	}
}

// handOffTo delivers everything that is kept for the target, as long as the target answers.
func (n *Node) handOffTo(ctx context.Context, target ring.NodeID) {
	var after Key
	for ctx.Err() == nil {
		keys, err := n.Store.Hinted(ctx, target, after, handoffBatch)
		if err != nil {
			n.Log.Error("hints could not be listed", "target", target, "err", err)
			return
		}
		if len(keys) == 0 || !n.handOffBatch(ctx, target, keys) {
			return
		}
		after = keys[len(keys)-1]
	}
}

// handOffBatch delivers some keys at a time and says whether the target still answers. A key that cannot be
// delivered for a reason of its own does not stop the others; the next round tries it again.
func (n *Node) handOffBatch(ctx context.Context, target ring.NodeID, keys []Key) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var workers sync.WaitGroup
	next := make(chan Key)
	for range handoffWorkers {
		workers.Go(func() {
			for key := range next {
				err := n.handOffKey(ctx, target, key)
				if err == nil {
					continue
				}
				n.Log.Debug("a hint was not delivered", "target", target, "bucket", key.Bucket, "err", err)
				if !blamesKey(err) {
					cancel()
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
	return ctx.Err() == nil
}

// blamesKey says whether a failed delivery tells of the key alone, and nothing of the target.
func blamesKey(err error) bool {
	var r *errRefused
	if errors.As(err, &r) {
		switch r.refused.Reason {
		case RefusedDamaged, RefusedOtherN, RefusedNotOwner, RefusedMalformed, RefusedFailed, RefusedOldStep:
			return true
		}
	}
	return errors.Is(err, ErrDamaged)
}

// errNotDurable is the answer of a target that would not wait for its disk.
var errNotDurable = errors.New("the target has it, and not on disk")

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
	durable, err := n.merge(ctx, target, layout.Number(), &MergeRequest{Key: key, Object: rec.Object, Durable: true})
	if err == nil && !durable {
		err = errNotDurable
	}
	if err != nil {
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
