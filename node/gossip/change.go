package gossip

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// AdoptLayout takes up a layout that another node named, if it is newer than the present one and of the
// same cluster. When it returns, View has it, unless the disk failed.
func (g *Gossip) AdoptLayout(l *ring.Layout) {
	if present := g.View().Layout; present == nil || l == nil || l.Number() <= present.Number() {
		return
	}
	err := g.change(func(s State) (State, error) { return s.withLayout(l), nil })
	if err != nil {
		g.log.Error("a newer layout could not be saved and is not followed", "layout", l.Number(), "err", err)
	}
}

// SetBucket spreads new properties of a bucket. When it returns nil they are on this node's disk and in its
// View; the others follow within moments, those that are down when they are back.
func (g *Gossip) SetBucket(bucket string, p node.BucketProps) error {
	if err := checkProps(bucket, p); err != nil {
		return err
	}
	return g.change(func(s State) (State, error) {
		if _, ok := s.Cluster(); !ok {
			return s, errors.New("gossip: a bucket's properties can be set once there is a cluster")
		}
		if _, known := s.buckets[bucket]; !known && len(s.buckets) >= bucketsMax {
			return s, fmt.Errorf("gossip: %d buckets have properties of their own already, and no more can", bucketsMax)
		}
		return s.withBucket(bucket, p, time.Now().UnixMilli()), nil
	})
}

// change replaces the state by what f makes of it and what follows from that; when it returns nil, the new
// one is on disk, in the view, and on its way to the others.
func (g *Gossip) change(f func(State) (State, error)) error {
	g.changing.Lock()
	defer g.changing.Unlock()
	last := g.state()
	next, err := f(last)
	if err != nil {
		return err
	}
	next = next.advance(g.cfg.ID)
	if next.Equal(last) {
		return nil
	}
	encoded := next.Encode()
	if len(encoded) > stateBytesMax {
		return fmt.Errorf("gossip: the cluster's state would have %d bytes: %d is the most", len(encoded), stateBytesMax)
	}
	if err := g.cfg.Disk.SaveState(savedState, encoded); err != nil {
		return fmt.Errorf("gossip: saving the cluster's state: %w", err)
	}
	g.saved.Store(&next)
	g.report(last, next)
	g.publish()
	g.announce(next.Hash())
	g.nudge()
	return nil
}

// report logs what an operator wants to know of a change.
func (g *Gossip) report(last, next State) {
	birth, now := next.Cluster()
	if _, before := last.Cluster(); now && !before {
		g.log.Info("this node belongs to a cluster", "cluster", strconv.FormatUint(birth.Cluster, 16),
			"layout", next.Layout().Number(), "members", len(next.Layout().Members()))
		return
	}
	if a, b := last.Layout(), next.Layout(); a != nil && a.Hash() != b.Hash() {
		g.log.Info("this node took up a layout", "layout", b.Number(), "members", len(b.Members()))
	}
}
