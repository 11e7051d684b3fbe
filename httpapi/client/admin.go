package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
)

// Admin asks the admin listeners of a cluster's nodes.
type Admin struct{ *caller }

// NewAdmin makes an Admin of addresses as New takes them.
func NewAdmin(addrs ...string) (*Admin, error) {
	c, err := newCaller(addrs)
	return &Admin{c}, err
}

// Cluster gives the state of the whole cluster as one node sees it.
func (a *Admin) Cluster(ctx context.Context) (*document.Cluster, error) {
	return get[document.Cluster](ctx, a.caller, "/admin/cluster")
}

// Layout gives the present layout.
func (a *Admin) Layout(ctx context.Context) (*document.Layout, error) {
	return get[document.Layout](ctx, a.caller, "/admin/layout")
}

// Where says where a key lives.
func (a *Admin) Where(ctx context.Context, bucket, key string) (*document.Where, error) {
	return get[document.Where](ctx, a.caller, "/admin/where/"+names.Join(bucket, key))
}

// Buckets lists the buckets that were given properties, and the properties of all others.
func (a *Admin) Buckets(ctx context.Context) (*document.Buckets, error) {
	return get[document.Buckets](ctx, a.caller, "/admin/buckets")
}

// Bucket gives the properties of one bucket; every bucket has some.
func (a *Admin) Bucket(ctx context.Context, bucket string) (*document.Bucket, error) {
	return get[document.Bucket](ctx, a.caller, bucketPath(bucket))
}

// SetBucket changes properties of a bucket and gives all of them as they then are.
func (a *Admin) SetBucket(ctx context.Context, bucket string, to document.BucketChange) (*document.Bucket, error) {
	return change[document.Bucket](ctx, a.caller, http.MethodPut, bucketPath(bucket), to)
}

// Repair says how repair stands on the node that answers.
func (a *Admin) Repair(ctx context.Context) (*document.Repair, error) {
	return get[document.Repair](ctx, a.caller, "/admin/repair")
}

// SteerRepair changes how the node that answers repairs, and says how repair then stands there. A round that
// was asked for goes on behind the answer. Make an Admin of one address to choose the node.
func (a *Admin) SteerRepair(ctx context.Context, to document.RepairChange) (*document.Repair, error) {
	return change[document.Repair](ctx, a.caller, http.MethodPost, "/admin/repair", to)
}

func bucketPath(bucket string) string { return "/admin/buckets/" + names.EncodeBucket(bucket) }

// Ready says whether the node can coordinate requests: nil, or an *Error that says why not. Data and admin
// listeners both answer it.
func (c *caller) Ready(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/readyz"})
	return err
}

// Version names the server's build. Data and admin listeners both answer it.
func (c *caller) Version(ctx context.Context) (*document.Version, error) {
	return get[document.Version](ctx, c, "/version")
}

func get[T any](ctx context.Context, c *caller, path string) (*T, error) {
	out := new(T)
	if _, err := c.callJSON(ctx, request{method: http.MethodGet, path: path}, out); err != nil {
		return nil, err
	}
	return out, nil
}

// change sends a document and gives what is answered to it.
func change[T any](ctx context.Context, c *caller, method, path string, to any) (*T, error) {
	body, err := json.Marshal(to)
	if err != nil {
		return nil, err
	}
	out := new(T)
	if _, err := c.callJSON(ctx, request{
		method: method, path: path, body: body, writes: true,
		header: http.Header{"Content-Type": {document.TypeJSON}},
	}, out); err != nil {
		return nil, err
	}
	return out, nil
}
