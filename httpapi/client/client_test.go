package client_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/memory"
)

const patience = 20 * time.Second

// start runs a server on a backend in memory and gives clients of both listeners.
func start(t *testing.T) (*client.Client, *client.Admin, *memory.Backend) {
	t.Helper()
	b := memory.New(nil)
	s, err := httpapi.New(httpapi.Config{Backend: b, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	listen := func(serve func(net.Listener) error) string {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = serve(ln) }() // it ends with the server
		return ln.Addr().String()
	}
	c, err := client.New(listen(s.ServeData))
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.NewAdmin("http://" + listen(s.ServeAdmin) + "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		a.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return c, a, b
}

// must gives a call's result, or ends the test.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestReadMergeWrite(t *testing.T) {
	c, _, _ := start(t)
	ctx := t.Context()
	object := must[*client.Object](t)
	absent := object(c.Get(ctx, "carts", "alice", client.GetOptions{}))
	if len(absent.Siblings) != 0 || absent.Standing != 0 || absent.Status != 404 || absent.Context != "" {
		t.Errorf("an absent key: %+v", absent)
	}
	first := object(c.Put(ctx, "carts", "alice", []byte("milk"), client.PutOptions{
		ContentType: "text/plain", Metadata: map[string]string{"author": "a"}, ContentEncoding: "none",
	}))
	if first.Context == "" || first.Standing != 1 || first.Coordinator != "n1" || first.Siblings != nil ||
		first.Quorum != (client.Quorum{N: 3, Total: 2, Primary: 2, Durable: 2}) {
		t.Errorf("a write: %+v", first)
	}
	one := object(c.Get(ctx, "carts", "alice", client.GetOptions{Context: first.Context}))
	if len(one.Siblings) != 1 || string(one.Siblings[0].Value) != "milk" || one.Siblings[0].ContentType != "text/plain" ||
		one.Siblings[0].ContentEncoding != "none" || one.Siblings[0].Metadata["author"] != "a" || one.Covers != "yes" ||
		one.LastModified.IsZero() || one.Quorum.Total != 2 {
		t.Errorf("one value: %+v", one)
	}
	object(c.Put(ctx, "carts", "alice", []byte("\xff"), client.PutOptions{}))
	two := object(c.Get(ctx, "carts", "alice", client.GetOptions{}))
	if len(two.Siblings) != 2 || string(two.Siblings[0].Value) != "milk" || string(two.Siblings[1].Value) != "\xff" ||
		two.Siblings[0].ID == "" || two.Siblings[0].Node != "n1" || two.Siblings[0].LastModified.IsZero() || two.Status != 300 {
		t.Errorf("two siblings: %+v", two)
	}
	merged := object(c.Put(ctx, "carts", "alice", []byte("merged"), client.PutOptions{Context: two.Context, ReturnObject: true}))
	if len(merged.Siblings) != 1 || string(merged.Siblings[0].Value) != "merged" || merged.ETag == "" {
		t.Errorf("the merged value: %+v", merged)
	}
	if same := object(c.Get(ctx, "carts", "alice", client.GetOptions{IfNoneMatch: merged.ETag})); !same.NotModified() {
		t.Errorf("a read of what is known: %+v", same)
	}
	if d := object(c.Get(ctx, "carts", "alice", client.GetOptions{Document: true})); len(d.Siblings) != 1 || d.Siblings[0].ID == "" || d.Status != 200 {
		t.Errorf("a single value as document: %+v", d)
	}
	object(c.Delete(ctx, "carts", "alice", client.PutOptions{Context: merged.Context}))
	gone := object(c.Get(ctx, "carts", "alice", client.GetOptions{}))
	if len(gone.Siblings) != 0 || gone.Context == "" {
		t.Errorf("a deleted key: %+v", gone)
	}
}

func TestKeysAreAnyBytes(t *testing.T) {
	c, _, _ := start(t)
	keys := []string{"a//b", "a/../b", "a/b", "..", ".", "/", "\x00", "%2F", "a b?c#d", "\xff\xfe", "kv/x", "a\\b", "a+b", "ü"}
	for _, key := range keys {
		for _, bucket := range []string{"b", "b/c"} {
			must[*client.Object](t)(c.Put(t.Context(), bucket, key, []byte(bucket+" "+key), client.PutOptions{}))
		}
	}
	for _, key := range keys {
		for _, bucket := range []string{"b", "b/c"} {
			o := must[*client.Object](t)(c.Get(t.Context(), bucket, key, client.GetOptions{}))
			if len(o.Siblings) != 1 || string(o.Siblings[0].Value) != bucket+" "+key {
				t.Errorf("%q in %q holds %+v", key, bucket, o.Siblings)
			}
		}
	}
}

func TestAValueStoredAsADocumentIsAValue(t *testing.T) {
	c, _, _ := start(t)
	must[*client.Object](t)(c.Put(t.Context(), "b", "k", []byte("not a document"), client.PutOptions{ContentType: document.TypeObject}))
	o := must[*client.Object](t)(c.Get(t.Context(), "b", "k", client.GetOptions{}))
	if len(o.Siblings) != 1 || string(o.Siblings[0].Value) != "not a document" {
		t.Errorf("%+v", o)
	}
}

func TestACreatedKeyCanBeRead(t *testing.T) {
	c, _, _ := start(t)
	for _, returns := range []bool{false, true} {
		made := must[*client.Object](t)(c.Create(t.Context(), "b", []byte("v"), client.PutOptions{ReturnObject: returns}))
		o := must[*client.Object](t)(c.Get(t.Context(), "b", made.Key, client.GetOptions{}))
		if made.Key == "" || len(o.Siblings) != 1 || (len(made.Siblings) == 1) != returns {
			t.Errorf("%+v %+v", made, o)
		}
	}
}

func TestConditionsAndOptionsReachTheServer(t *testing.T) {
	c, _, _ := start(t)
	ctx := t.Context()
	must[*client.Object](t)(c.Put(ctx, "b", "k", nil, client.PutOptions{IfAbsent: true, Options: client.Options{
		R: "one", W: "quorum", PR: "0", PW: "0", DW: "all", NoSloppy: true, Timeout: 1500 * time.Millisecond,
	}}))
	_, err := c.Put(ctx, "b", "k", nil, client.PutOptions{IfAbsent: true})
	if !client.IsCode(err, "precondition-failed") {
		t.Errorf("a second creation: %v", err)
	}
	read := must[*client.Object](t)(c.Get(ctx, "b", "k", client.GetOptions{}))
	must[*client.Object](t)(c.Put(ctx, "b", "k", []byte("new"), client.PutOptions{IfMatch: read.ETag}))
	if _, err := c.Delete(ctx, "b", "k", client.PutOptions{IfMatch: read.ETag}); !client.IsCode(err, "precondition-failed") {
		t.Errorf("a deletion of a state that is gone: %v", err)
	}
	if _, err := c.Get(ctx, "b", "k", client.GetOptions{Options: client.Options{R: "4"}}); !client.IsCode(err, "invalid-parameter") {
		t.Errorf("r=4: %v", err)
	}
}

func TestTheOperatorsSide(t *testing.T) {
	c, a, _ := start(t)
	ctx := t.Context()
	cluster := must[*document.Cluster](t)(a.Cluster(ctx))
	if cluster.Verdict != "degraded" || len(cluster.Nodes) != 3 || cluster.Nodes[1].Keys != nil || *cluster.Nodes[0].Keys != 2 {
		t.Errorf("%+v", cluster)
	}
	if l := must[*document.Layout](t)(a.Layout(ctx)); l.Number != 1 || len(l.Members) != 3 {
		t.Errorf("%+v", l)
	}
	if w := must[*document.Where](t)(a.Where(ctx, "b/c", "k//")); w.Bucket != "b%2Fc" || w.Key != "k%2F%2F" || len(w.Primaries) != 3 {
		t.Errorf("%+v", w)
	}
	r, n := document.Level("one"), 2
	changed := must[*document.Bucket](t)(a.SetBucket(ctx, "b/c", document.BucketChange{R: &r, N: &n}))
	if changed.R != "1" || changed.N != 2 || changed.W != "quorum" {
		t.Errorf("%+v", changed)
	}
	if got := must[*document.Bucket](t)(a.Bucket(ctx, "b/c")); *got != *changed {
		t.Errorf("%+v", got)
	}
	if all := must[*document.Buckets](t)(a.Buckets(ctx)); all.Buckets["b%2Fc"] != *changed || all.Defaults.N != 3 {
		t.Errorf("%+v", all)
	}
	pause, rate := true, int64(0)
	steered := must[*document.Repair](t)(a.SteerRepair(ctx, document.RepairChange{Run: true, Paused: &pause, BytesPerSecond: &rate}))
	if !steered.Paused || steered.BytesPerSecond != 0 || steered.Due != steered.Pairs {
		t.Errorf("%+v", steered)
	}
	if got := must[*document.Repair](t)(a.Repair(ctx)); *got != *steered {
		t.Errorf("%+v", got)
	}
	must[*client.Object](t)(c.Put(ctx, "b", "k", []byte("v"), client.PutOptions{}))
	if e := must[*document.Account](t)(c.Explain(ctx, "b", "k")); len(e.Replicas) != 3 || len(e.Replicas[0].Versions) != 1 {
		t.Errorf("%+v", e)
	}
	for _, ready := range []func(context.Context) error{a.Ready, c.Ready} {
		if err := ready(ctx); err != nil {
			t.Error(err)
		}
	}
	if v := must[*document.Version](t)(c.Version(ctx)); v.Version != "test" {
		t.Errorf("%+v", v)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, addrs := range [][]string{{}, {""}, {"127.0.0.1"}, {"ftp://h:1"}, {"h:1/path"}, {"http://h:1/?q"}, {"http://u:p@h:1"}, {"a b:1"}} {
		if _, err := client.New(addrs...); err == nil {
			t.Errorf("%q was taken", addrs)
		}
	}
}
