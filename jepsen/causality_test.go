package jepsen_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/httpapi/client"
)

// causality runs the promises of causal contexts through all nodes of a cluster that is well.
func causality(t *testing.T, nodes []*client.Client) {
	t.Run("two writers from one context leave two siblings on every node, a third one with both leaves one", func(t *testing.T) {
		first := put(t, nodes[0], "pair", "milk", "")
		put(t, nodes[1], "pair", "milk,eggs", first.Context)
		put(t, nodes[2], "pair", "milk,bread", first.Context)
		for i, n := range nodes {
			if got := values(get(t, n, "pair")); !slices.Equal(got, []string{"milk,bread", "milk,eggs"}) {
				t.Errorf("node %d shows %q", i, got)
			}
		}
		merged := put(t, nodes[3], "pair", "milk,eggs,bread", get(t, nodes[4], "pair").Context)
		if merged.Standing != 1 {
			t.Errorf("%d siblings after the merge", merged.Standing)
		}
		for i, n := range nodes {
			if got := values(get(t, n, "pair")); !slices.Equal(got, []string{"milk,eggs,bread"}) {
				t.Errorf("node %d shows %q", i, got)
			}
		}
	})
	t.Run("two chains of 1,000 writes over a standing sibling keep it, and their tokens stay under 200 bytes", func(t *testing.T) {
		chains(t, nodes)
	})
	t.Run("200 deletes with one stale token leave a bounded object", func(t *testing.T) {
		stale := put(t, nodes[0], "stale", "one", "")
		put(t, nodes[1], "stale", "two", stale.Context)
		for i := range 200 {
			if _, err := nodes[i%len(nodes)].Delete(t.Context(), "causality", "stale", client.PutOptions{Context: stale.Context}); err != nil {
				t.Fatal(err)
			}
		}
		if got := values(get(t, nodes[2], "stale")); !slices.Equal(got, []string{"two"}) {
			t.Errorf("after the deletes: %q", got)
		}
		account, err := nodes[0].Explain(t.Context(), "causality", "stale")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range account.Replicas {
			if len(r.Versions) > 4 {
				t.Errorf("%s holds %d versions", r.Name, len(r.Versions))
			}
		}
	})
	t.Run("a put concurrent with a delete survives it", func(t *testing.T) {
		seen := put(t, nodes[0], "survivor", "old", "")
		put(t, nodes[1], "survivor", "new", seen.Context)
		if _, err := nodes[2].Delete(t.Context(), "causality", "survivor", client.PutOptions{Context: seen.Context}); err != nil {
			t.Fatal(err)
		}
		for i, n := range nodes {
			if got := values(get(t, n, "survivor")); !slices.Equal(got, []string{"new"}) {
				t.Errorf("node %d shows %q", i, got)
			}
		}
	})
	t.Run("the context of a 404 lets a new put replace the tombstone", func(t *testing.T) {
		put(t, nodes[0], "again", "first", "")
		if _, err := nodes[1].Delete(t.Context(), "causality", "again", client.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		gone := get(t, nodes[2], "again")
		if len(gone.Siblings) != 0 || gone.Context == "" {
			t.Fatalf("after the delete: %q with context %q", values(gone), gone.Context)
		}
		put(t, nodes[3], "again", "second", gone.Context)
		account, err := nodes[4].Explain(t.Context(), "causality", "again")
		if err != nil {
			t.Fatal(err)
		}
		whole := 0
		for _, r := range account.Replicas {
			if len(r.Versions) == 1 && !r.Versions[0].Tombstone {
				whole++
			}
		}
		if whole < 2 {
			t.Errorf("the tombstone still stands: %+v", account.Replicas)
		}
	})
}

// chains has two clients take turns, each with the context of its own last write only, while other keys are
// written through the same nodes.
func chains(t *testing.T, nodes []*client.Client) {
	put(t, nodes[0], "chains", "standing", "")
	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			key := fmt.Sprintf("other-%d", i%100)
			if _, err := nodes[i%len(nodes)].Put(t.Context(), "causality", key, []byte(fmt.Sprint(i)), client.PutOptions{Context: ""}); err != nil &&
				!client.IsCode(err, "too-many-siblings") {
				t.Error(err)
				return
			}
		}
	})
	defer others.Wait()
	defer close(stop)
	var tokens [2]string
	longest := 0
	for i := range 2000 {
		turn := i % 2
		o := put(t, nodes[(i/7)%len(nodes)], "chains", fmt.Sprintf("client %d write %d", turn, i/2), tokens[turn])
		tokens[turn] = o.Context
		longest = max(longest, len(o.Context))
	}
	t.Logf("longest token: %d bytes", longest)
	if longest >= 200 {
		t.Errorf("a token has %d bytes", longest)
	}
	for i, n := range nodes {
		got := values(get(t, n, "chains"))
		if !slices.Equal(got, []string{"client 0 write 999", "client 1 write 999", "standing"}) {
			t.Errorf("node %d shows %q", i, got)
		}
	}
}

func put(t *testing.T, c *client.Client, key, value, context string) *client.Object {
	t.Helper()
	o, err := c.Put(t.Context(), "causality", key, []byte(value), client.PutOptions{Context: context, ContentType: "text/plain"})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return o
}

func get(t *testing.T, c *client.Client, key string) *client.Object {
	t.Helper()
	o, err := c.Get(t.Context(), "causality", key, client.GetOptions{})
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	return o
}
