package sim

import (
	"context"
	"slices"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// HandOver delivers the hints that the member keeps: each record goes whole to each target, and is let go,
// under the key's lock, when it still is what the target confirmed from its disk. It gives how many were
// delivered; those whose target does not answer stay.
func (m *Member) HandOver() (delivered int) {
	for _, target := range m.cluster.Members {
		p := m.process()
		if p == nil {
			return delivered
		}
		keys, err := p.store.Hinted(context.Background(), target.ID, node.Key{}, 1000)
		if err != nil {
			return delivered
		}
		for _, k := range keys {
			if p.handOver(k, target.ID) {
				delivered++
			}
		}
	}
	return delivered
}

func (p *process) handOver(k node.Key, target ring.NodeID) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	rec, err := p.store.Read(ctx, k, -1)
	if err != nil || !slices.Contains(rec.Targets, target) {
		return false
	}
	layout := p.member.cluster.Layout
	reply, err := p.Call(ctx, target, node.Frame{
		Layout: layout.Number(), Body: &node.MergeRequest{Key: k, Object: rec.Object, Durable: true},
	})
	if _, merged := reply.(*node.MergeReply); err != nil || !merged {
		return false
	}
	owns := layout.Owns(p.member.ID, layout.Partition(k.Position), k.N)
	err = p.store.Update(ctx, k, true, func(held node.Held) (node.Change, error) {
		if !held.Versions.Equal(rec.Versions) {
			return node.Change{}, nil
		}
		left := slices.DeleteFunc(slices.Clone(held.Targets), func(id ring.NodeID) bool { return id == target })
		if len(left) == 0 && !owns {
			return node.Change{Write: true}, nil
		}
		return node.Change{Write: true, Object: held.Object, Targets: left}, nil
	})
	return err == nil
}
