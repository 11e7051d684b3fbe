package node

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/ring"
)

// repairing is the anti-entropy that runs in the background: which pairs of copies met when, what it did,
// and how fast it may.
type repairing struct {
	pacer
	mu     sync.Mutex
	met    map[pair]meeting
	asked  time.Time     // when somebody last asked for a whole round
	wake   chan struct{} // has room for one: look again at once
	totals RepairTotals
}

// pair is this node's copy of a range and that of another owner.
type pair struct {
	rng  Range
	with ring.NodeID
}

// meeting is the last that was heard of a pair.
type meeting struct {
	done   time.Time // when the last exchange that was finished began; zero: never in this run
	failed time.Time // when the last one that broke off did
}

// RepairTotals are figures since the node's start.
type RepairTotals struct {
	Exchanges int64 // finished
	Failed    int64 // broken off
	KeysFound int64 // that differed
	Bytes     int64 // of contents that were fetched or sent
	Stats     antientropy.Stats
}

const (
	// repairLook is the time between two looks for pairs that are due. It is no multiple of handoff's: which of
	// two that look at one moment tries a node again would be chance.
	repairLook  = 1013 * time.Millisecond
	repairAgain = 10 * time.Second // before a pair that broke off is tried again
)

func (r *repairing) start(bytesPerSecond int64) {
	r.met = map[pair]meeting{}
	r.wake = make(chan struct{}, 1)
	r.setRate(max(bytesPerSecond, 0))
}

// comparesCopies says whether this node begins exchanges.
func (n *Node) comparesCopies() bool { return n.Trees != nil && !n.NoAntiEntropy }

// mended counts bytes that were moved.
func (r *repairing) mended(bytes int) {
	r.spend(bytes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Bytes += int64(bytes)
}

// runAntiEntropy has every pair of copies that this node has a part in meet within the period, those of
// ranges that it does not fully know first, until ctx ends.
func (n *Node) runAntiEntropy(ctx context.Context) {
	tick := time.NewTicker(repairLook)
	defer tick.Stop()
	for {
		if layout := n.View().Layout; layout != nil {
			for _, p := range n.duePairs(layout) {
				if n.repairing.wait(ctx) != nil {
					return
				}
				n.meet(ctx, layout, p)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-n.repairing.wake:
		}
	}
}

// meet has one pair of copies meet, where the other can still be reached and the layout is still the same.
func (n *Node) meet(ctx context.Context, layout *ring.Layout, p pair) {
	if n.View().Layout != layout || !n.reachable(p.with) {
		return
	}
	began := time.Now()
	stats, err := n.exchange(ctx, layout, p.with, p.rng)
	n.repairing.note(p, began, stats, err)
	if err != nil {
		n.Log.Debug("an exchange broke off", "partition", p.rng.Partition, "with", p.with, "err", err)
		return
	}
	if stats.Differences > 0 {
		n.Log.Info("copies differed and were mended", "partition", p.rng.Partition, "n", p.rng.N,
			"with", n.View().NameOf(p.with), "keys", stats.Differences)
	}
	n.completeIfAllMet(layout, p.rng)
}

func (r *repairing) note(p pair, began time.Time, stats antientropy.Stats, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.met[p]
	if err != nil {
		m.failed = time.Now()
		r.totals.Failed++
	} else {
		m.done, m.failed = began, time.Time{}
		r.totals.Exchanges++
	}
	r.met[p] = m
	r.totals.KeysFound += stats.Differences
	r.totals.Stats.Add(stats)
}

// completeIfAllMet marks a range as fully known when this node has walked an exchange with every other copy
// in the layout, whatever those know themselves: what none of them holds, nobody does.
func (n *Node) completeIfAllMet(layout *ring.Layout, rng Range) {
	if n.Store.Knows(rng) {
		return
	}
	for _, id := range layout.Owners(rng.Partition, rng.N) {
		if id != n.ID && n.repairing.lastMet(pair{rng, id}).IsZero() {
			return
		}
	}
	if err := n.Store.SetKnows(rng, true); err != nil {
		n.Log.Error("a refilled range could not be marked as complete", "partition", rng.Partition, "err", err)
		return
	}
	n.Log.Info("a range is complete again", "partition", rng.Partition, "n", rng.N)
}

func (r *repairing) lastMet(p pair) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.met[p].done
}

// pairs lists every pair of copies that this node has a part in, of the cluster's n and of those that buckets
// were created with.
func (n *Node) pairs(layout *ring.Layout) []pair {
	ns := []int{layout.N()}
	for _, b := range n.View().Buckets {
		if !slices.Contains(ns, b.N) {
			ns = append(ns, b.N)
		}
	}
	slices.Sort(ns)
	var out []pair
	for _, replicas := range ns {
		for p := range layout.Partitions() {
			if !layout.Owns(n.ID, p, replicas) {
				continue
			}
			for _, id := range layout.Owners(p, replicas) {
				if id != n.ID {
					out = append(out, pair{Range{p, replicas}, id})
				}
			}
		}
	}
	return out
}

// duePairs are those that should meet now and can: of incomplete ranges first, then by how long ago they met.
func (n *Node) duePairs(layout *ring.Layout) []pair {
	type candidate struct {
		pair
		known bool
		done  time.Time
	}
	var out []candidate
	for _, p := range n.pairs(layout) {
		if !n.reachable(p.with) {
			continue
		}
		m, due := n.repairing.due(p, n.RepairPeriod)
		if due && !m.resting() {
			out = append(out, candidate{p, n.Store.Knows(p.rng), m.done})
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		if a.known != b.known {
			if b.known {
				return -1
			}
			return 1
		}
		return cmp.Or(a.done.Compare(b.done), cmp.Compare(a.rng.Partition, b.rng.Partition))
	})
	pairs := make([]pair, len(out))
	for i, c := range out {
		pairs[i] = c.pair
	}
	return pairs
}

// due gives the pair's last meeting, and whether it should meet again.
func (r *repairing) due(p pair, period time.Duration) (m meeting, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m = r.met[p]
	return m, m.done.IsZero() || m.done.Before(r.asked) || time.Since(m.done) >= period
}

// resting says whether the pair has failed too lately to be tried again.
func (m meeting) resting() bool {
	return !m.failed.IsZero() && time.Since(m.failed) < repairAgain
}
