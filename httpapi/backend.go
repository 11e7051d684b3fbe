package httpapi

import (
	"context"

	"github.com/kindreddb/kindred/node"
)

// Backend does what requests ask for. node.Node is one. All methods may be called concurrently; their errors
// are, or wrap, *node.Error, and others are answered as internal.
type Backend interface {
	// Get reads a key. An absent key is an answer.
	Get(ctx context.Context, r node.GetRequest) (node.Answer, error)
	// Put writes a value, or, where the request has no content, deletes. It takes ownership of the content.
	Put(ctx context.Context, r node.PutRequest) (node.Answer, error)
	// Explain asks every replica of a key for what it holds.
	Explain(ctx context.Context, bucket, key string) (node.Account, error)
	// Where says where a key lives.
	Where(bucket, key string) (node.Location, error)
	// ClusterStatus gives the state of the whole cluster as this node sees it.
	ClusterStatus(ctx context.Context) (node.ClusterStatus, error)
	// SetBucket replaces a bucket's properties.
	SetBucket(ctx context.Context, bucket string, p node.BucketProps) error
	// SteerRepair changes how this node repairs, all that is asked or nothing, and says how repair then stands;
	// the zero change only asks. It waits for nothing.
	SteerRepair(c node.RepairChange) (node.RepairStatus, error)
	// View is the cluster as this node sees it at this moment; it never changes, and is never nil.
	View() *node.View
	// Ready says why this node cannot coordinate; nil when it can, and then View has a layout.
	Ready() error
}
