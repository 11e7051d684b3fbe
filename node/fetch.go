package node

import (
	"context"
	"errors"

	"github.com/kindreddb/kindred/ring"
)

// fetch is what this node holds of a key, and what its word is worth.
func (n *Node) fetch(ctx context.Context, key Key, layout *ring.Layout, contentMax int) (FetchReply, error) {
	if !n.boundTo(key) {
		return FetchReply{}, &errRefused{Refused{Reason: RefusedOtherN}}
	}
	rec, err := n.Store.Read(ctx, key, contentMax)
	if err != nil {
		return FetchReply{}, err
	}
	return FetchReply{Object: rec.Object, Standing: n.standing(key, layout), Targets: rec.Targets}, nil
}

// standing is the worth of this node's word about the key. The only copy there is knows by itself.
func (n *Node) standing(key Key, layout *ring.Layout) Standing {
	rng := key.RangeOf(layout.Partitions())
	switch {
	case !layout.Owns(n.ID, rng.Partition, rng.N):
		return Stranger
	case n.Store.Knows(rng) || len(layout.Owners(rng.Partition, rng.N)) == 1:
		return Complete
	}
	return Incomplete
}

// fetchFrom asks one node, this one included.
func (n *Node) fetchFrom(ctx context.Context, from ring.NodeID, op *operation, contentMax int) (FetchReply, error) {
	if from == n.ID {
		return n.fetch(ctx, op.key, op.layout, contentMax)
	}
	m, err := n.call(ctx, from, op.layout.Number(), &FetchRequest{Key: op.key, ContentMax: contentMax})
	if err != nil {
		return FetchReply{}, err
	}
	switch m := m.(type) {
	case *FetchReply:
		return *m, nil
	case *Refused:
		n.learn(m)
		return FetchReply{}, &errRefused{*m}
	}
	return FetchReply{}, errors.New("the answer was not understood")
}
