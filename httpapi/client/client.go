package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
)

// Client reads and writes keys through the data listeners of a cluster's nodes.
type Client struct{ *caller }

// New makes a client that asks the nodes at the addresses: "host:port", or a URL with http or https. The
// first is asked; another one takes its place when it cannot be reached or does not serve.
func New(addrs ...string) (*Client, error) {
	c, err := newCaller(addrs)
	return &Client{c}, err
}

// Get reads a key. An absent key is no error: the object then has no siblings, and its context, where there
// is one, lets a Put replace the deletion. Only a coordinator can say so: the 404 of an address that serves no
// keys is an error, with the code "not-found" where it is Kindred's. With IfNoneMatch the object may be
// NotModified.
func (c *Client) Get(ctx context.Context, bucket, key string, o GetOptions) (*Object, error) {
	a, err := c.call(ctx, request{
		method: http.MethodGet, path: objectPath(bucket, key), query: o.query(), header: o.header(),
	})
	if IsCode(err, "not-found") && a != nil && a.header.Get("Coordinator") != "" {
		return &Object{Reply: a.reply(), Bucket: bucket, Key: key}, nil
	}
	if err != nil {
		return nil, err
	}
	return readObject(a, bucket, key, o.Document || a.status == http.StatusMultipleChoices)
}

// Put writes a value. It replaces exactly what o.Context covers; without a context it replaces nothing and
// becomes a sibling of whatever is there. The reply's context covers the new value. The object holds
// siblings only where o.ReturnObject asked for them. The value is not kept.
func (c *Client) Put(ctx context.Context, bucket, key string, value []byte, o PutOptions) (*Object, error) {
	return c.write(ctx, http.MethodPut, bucket, key, value, o)
}

// Delete removes what o.Context covers, or, without a context, what a read by the server sees now. It
// succeeds whether or not the key existed. Of the options those for content have no meaning.
func (c *Client) Delete(ctx context.Context, bucket, key string, o PutOptions) (*Object, error) {
	return c.write(ctx, http.MethodDelete, bucket, key, nil, o)
}

func (c *Client) write(ctx context.Context, method, bucket, key string, value []byte, o PutOptions) (*Object, error) {
	a, err := c.call(ctx, request{
		method: method, path: objectPath(bucket, key), query: o.query(), header: o.header(), body: value, writes: true,
	})
	if err != nil {
		return nil, err
	}
	return readObject(a, bucket, key, o.ReturnObject)
}

// Create writes a value under a key that the server chooses; the object's Key names it.
func (c *Client) Create(ctx context.Context, bucket string, value []byte, o PutOptions) (*Object, error) {
	a, err := c.call(ctx, request{
		method: http.MethodPost, path: "/kv/" + names.EncodeBucket(bucket),
		query: o.query(), header: o.header(), body: value, writes: true,
	})
	if err != nil {
		return nil, err
	}
	return readObject(a, bucket, keyOf(a.header.Get("Location")), o.ReturnObject)
}

// Explain tells everything that can be told of a key: what each replica holds of it.
func (c *Client) Explain(ctx context.Context, bucket, key string) (*document.Account, error) {
	return get[document.Account](ctx, c.caller, objectPath(bucket, key)+"?explain=true")
}

// objectPath is the raw target of a key.
func objectPath(bucket, key string) string { return "/kv/" + names.Join(bucket, key) }

// keyOf finds the key in the path of an object; "" where it is none.
func keyOf(location string) string {
	const prefix = "/kv/"
	if len(location) < len(prefix) || location[:len(prefix)] != prefix {
		return ""
	}
	_, key, err := names.Split(location[len(prefix):])
	if err != nil {
		return ""
	}
	return key
}

// callJSON makes a call whose answer is a document, and reads it into out.
func (c *caller) callJSON(ctx context.Context, r request, out any) (*answer, error) {
	a, err := c.call(ctx, r)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return a, a.malformed(r, err)
	}
	return a, nil
}
