package server

import (
	"context"
	"sync/atomic"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/gossip"
)

// backend is what HTTP asks: the node, and, as long as there is none, an answer that says so.
type backend struct {
	gossip atomic.Pointer[gossip.Gossip] // set before anything is served
	node   atomic.Pointer[node.Node]
}

var _ httpapi.Backend = (*backend)(nil)

// ready is the node, or why there is none yet.
func (b *backend) ready() (*node.Node, error) {
	if n := b.node.Load(); n != nil {
		return n, nil
	}
	return nil, &node.Error{Code: node.CodeNotReady, Effect: node.NotApplied,
		Detail: "this node belongs to no cluster yet: it waits for others, see --join and --bootstrap-expect"}
}

// Get implements httpapi.Backend.
func (b *backend) Get(ctx context.Context, r node.GetRequest) (node.Answer, error) {
	n, err := b.ready()
	if err != nil {
		return node.Answer{}, err
	}
	return n.Get(ctx, r)
}

// Put implements httpapi.Backend.
func (b *backend) Put(ctx context.Context, r node.PutRequest) (node.Answer, error) {
	n, err := b.ready()
	if err != nil {
		return node.Answer{}, err
	}
	return n.Put(ctx, r)
}

// Explain implements httpapi.Backend.
func (b *backend) Explain(ctx context.Context, bucket, key string) (node.Account, error) {
	n, err := b.ready()
	if err != nil {
		return node.Account{}, err
	}
	return n.Explain(ctx, bucket, key)
}

// Where implements httpapi.Backend.
func (b *backend) Where(bucket, key string) (node.Location, error) {
	n, err := b.ready()
	if err != nil {
		return node.Location{}, err
	}
	return n.Where(bucket, key)
}

// SetBucket implements httpapi.Backend.
func (b *backend) SetBucket(ctx context.Context, bucket string, p node.BucketProps) error {
	n, err := b.ready()
	if err != nil {
		return err
	}
	return n.SetBucket(ctx, bucket, p)
}

// SteerRepair implements httpapi.Backend.
func (b *backend) SteerRepair(c node.RepairChange) (node.RepairStatus, error) {
	n, err := b.ready()
	if err != nil {
		return node.RepairStatus{}, err
	}
	return n.SteerRepair(c)
}

// ClusterStatus implements httpapi.Backend. Who waits for a cluster can at least say whom it sees.
func (b *backend) ClusterStatus(ctx context.Context) (node.ClusterStatus, error) {
	if n := b.node.Load(); n != nil {
		return n.ClusterStatus(ctx)
	}
	v := b.View()
	out := node.ClusterStatus{ClusterID: v.ClusterID, Layout: v.Layout, Verdict: node.Unavailable, Problems: []node.Problem{{
		What: "no cluster yet", Cause: "this node waits for others to found one with, or for a member to answer",
		Next: "start the other nodes, each with --join and the same --bootstrap-expect"}}}
	for _, m := range v.Members {
		state := "spare"
		if !m.Up {
			state = "down"
		}
		out.Nodes = append(out.Nodes, node.NodeStatus{Member: m, State: state})
	}
	return out, nil
}

// View implements httpapi.Backend.
func (b *backend) View() *node.View { return b.gossip.Load().View() }

// Ready implements httpapi.Backend.
func (b *backend) Ready() error {
	n, err := b.ready()
	if err != nil {
		return err
	}
	return n.Ready()
}
