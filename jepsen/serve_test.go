package jepsen_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// source is one file of the Go distribution: real data with thousands of names that hold slashes, and sizes
// from nothing to megabytes.
type source struct {
	key, contentType string
	value            []byte
}

const sourceBucket = "go/src"

func readSources(t *testing.T) []source {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	var out []source
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		value, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		contentType := mime.TypeByExtension(filepath.Ext(path))
		if contentType == "" {
			contentType = "text/x-go; charset=utf-8"
		}
		out = append(out, source{filepath.ToSlash(name), contentType, value})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 5000 {
		t.Fatalf("only %d files below %s", len(out), root)
	}
	return out
}

// eachSource calls f for all files, some at a time, and stops at the first error.
func eachSource(t *testing.T, what string, all []source, f func(context.Context, int, source) error) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Minute, errors.New("the step took too long"))
	defer cancel()
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, 24)
	for w := range errs {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := f(ctx, int(i), all[i]); err != nil {
					errs[w] = fmt.Errorf("%s: %w", all[i].key, err)
					cancel()
					return
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if n := next.Load(); n < int64(len(all)) {
		t.Fatalf("%s: only %d of %d files: %v", what, n, len(all), context.Cause(ctx))
	}
	t.Logf("%s: %d files in %.1f s", what, len(all), time.Since(began).Seconds())
}

// same says what is wrong with a read of a file.
func same(got *client.Object, want source) error {
	switch {
	case len(got.Siblings) != 1:
		return fmt.Errorf("%d values, want one", len(got.Siblings))
	case !bytes.Equal(got.Siblings[0].Value, want.value):
		return fmt.Errorf("%d other bytes, want %d", len(got.Siblings[0].Value), len(want.value))
	case got.Siblings[0].ContentType != want.contentType:
		return fmt.Errorf("content type %q, want %q", got.Siblings[0].ContentType, want.contentType)
	}
	return nil
}

// readAll reads every file through nodes that run, each through another one than it was written through.
func readAll(t *testing.T, what string, c *process.Cluster, clients []*client.Client, all []source) {
	t.Helper()
	var up []*client.Client
	for i, n := range c.Nodes {
		if n.Running() {
			up = append(up, clients[i])
		}
	}
	eachSource(t, what, all, func(ctx context.Context, i int, s source) error {
		reader := up[(i+1)%len(up)]
		if reader == clients[i%len(clients)] {
			reader = up[(i+2)%len(up)]
		}
		got, err := reader.Get(ctx, sourceBucket, s.key, client.GetOptions{})
		if err != nil {
			return err
		}
		return same(got, s)
	})
}

// onItsPrimaries says what is wrong with where a key's copies are: on each primary, all equal, and, hints
// apart, nowhere else; where and explain must agree.
func onItsPrimaries(ctx context.Context, c *client.Client, admin *client.Admin, key string) error {
	where, err := admin.Where(ctx, sourceBucket, key)
	if err != nil {
		return err
	}
	account, err := c.Explain(ctx, sourceBucket, key)
	if err != nil {
		return err
	}
	if len(where.Primaries) != 3 || len(where.Fallbacks) != 2 {
		return fmt.Errorf("%d primaries and %d fallbacks", len(where.Primaries), len(where.Fallbacks))
	}
	var hash string
	for i, r := range account.Replicas {
		switch {
		case i < 3 && (r.ID != where.Primaries[i].ID || r.Role != "primary"):
			return fmt.Errorf("place %d is %s (%s), and where says %s", i, r.Name, r.Role, where.Primaries[i].Name)
		case i < 3 && (r.Hash == nil || len(r.Versions) != 1):
			return fmt.Errorf("the primary %s does not hold it", r.Name)
		case i < 3 && hash != "" && *r.Hash != hash:
			return fmt.Errorf("%s differs from the other primaries", r.Name)
		case i < 3:
			hash = *r.Hash
		case r.Hash != nil && len(r.HintFor) == 0:
			return fmt.Errorf("%s holds it and is no primary", r.Name)
		}
	}
	return nil
}

func TestFiveNodesServeRealDataWhileUpToTwoAreDown(t *testing.T) {
	all := readSources(t)
	c := startCluster(t, 5)
	clients := clientsOf(t, c)
	admin, err := client.NewAdmin(c.Admin()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()

	eachSource(t, "written", all, func(ctx context.Context, i int, s source) error {
		_, err := clients[i%len(clients)].Put(ctx, sourceBucket, s.key, s.value, client.PutOptions{ContentType: s.contentType})
		return err
	})
	readAll(t, "read back from five nodes", c, clients, all)
	eachSource(t, "found on its primaries and nowhere else", all, func(ctx context.Context, i int, s source) error {
		for tries := 0; ; tries++ { // the last replica gets its copy behind the answer
			err := onItsPrimaries(ctx, clients[i%len(clients)], admin, s.key)
			if err == nil || tries == 200 {
				return err
			}
			select {
			case <-ctx.Done():
				return errors.Join(err, ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	t.Run("causality holds on every node", func(t *testing.T) { causality(t, clients) })

	c.Nodes[1].Kill()
	readAll(t, "read back with one node killed", c, clients, all)
	c.Nodes[3].Kill()
	readAll(t, "read back with two nodes killed", c, clients, all)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	readAll(t, "read back with all up again", c, clients, all)
	if err := c.Stop(ctx); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// values are a key's values as text, in order.
func values(o *client.Object) []string {
	var out []string
	for _, s := range o.Siblings {
		out = append(out, string(s.Value))
	}
	slices.Sort(out)
	return out
}
