package jepsen_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/jepsen/process"
)

const refilled = "refilled"

// incompleteOf is how many ranges a node owns and does not fully know, as it says itself.
func incompleteOf(ctx context.Context, a *client.Admin) (int, error) {
	r, err := a.Repair(ctx)
	if err != nil {
		return 0, err
	}
	return r.Incomplete, nil
}

// replicaAt finds what a node holds of a key, asked for itself.
func replicaAt(ctx context.Context, c *client.Client, key, name string) (document.Replica, *document.Account, error) {
	account, err := c.Explain(ctx, refilled, key)
	if err != nil {
		return document.Replica{}, nil, err
	}
	for _, r := range account.Replicas {
		if r.Name == name {
			return r, account, nil
		}
	}
	return document.Replica{}, nil, fmt.Errorf("explain does not name %s", name)
}

// TestAnEmptiedNodeRefillsItself takes a node's whole folder away. It comes back under its name and identity,
// says that it knows nothing and is believed nothing; comparing trees alone brings everything back.
func TestAnEmptiedNodeRefillsItself(t *testing.T) {
	c := startCluster(t, 3, "--read-repair", "off", "--handoff", "off")
	clients, n2 := clientsOf(t, c), c.Nodes[1]
	keys := manyKeys() / 2
	value := func(i int) []byte { return fmt.Appendf(make([]byte, 0, 600), "%0500d", i) }
	eachKey(t, "written", keys, func(ctx context.Context, i int, key string) error {
		_, err := clients[i%3].Put(ctx, refilled, key, value(i), client.PutOptions{Options: client.Options{W: "all"}})
		return err
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	before, _, err := replicaAt(ctx, clients[0], "key-000000", n2.Name)
	if err != nil {
		t.Fatal(err)
	}

	n2.Kill()
	if err := os.RemoveAll(n2.DataFolder()); err != nil {
		t.Fatal(err)
	}
	whole := n2.Flags
	n2.Flags = append(whole[:len(whole):len(whole)], "--anti-entropy", "off")
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	knowsNothing(ctx, t, c, clients, n2, before.ID)
	readsGoOn(t, clients, keys, value)
	believedNothing(ctx, t, c, clients)

	if err := n2.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	n2.Flags = whole
	began := time.Now()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Minute, "n2 is not complete", func() error {
		left, err := incompleteOf(ctx, adminOf(t, n2))
		if err == nil && left > 0 {
			err = fmt.Errorf("%d ranges are incomplete", left)
		}
		return err
	})
	r, err := adminOf(t, n2).Repair(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("complete %.1f s after its start: %d exchanges, %d keys found, %d bytes of values, %d bytes of comparing",
		time.Since(began).Seconds(), r.Exchanges, r.KeysFound, r.Bytes, r.Stats.Sent+r.Stats.Received)
	eventually(t, 30*time.Second, "not all nodes are reached", func() error {
		_, account, err := replicaAt(ctx, clients[0], "key-000000", n2.Name)
		if err == nil {
			err = equalEverywhere(account, before.ID)
		}
		return err
	})
	eachKey(t, "equal on every node", keys, func(ctx context.Context, i int, key string) error {
		_, account, err := replicaAt(ctx, clients[0], key, n2.Name)
		if err != nil {
			return err
		}
		return equalEverywhere(account, before.ID)
	})
	c.Nodes[0].Kill()
	absent, err := clients[1].Get(ctx, refilled, "never-written", client.GetOptions{Options: client.Options{R: "2"}})
	if err != nil || len(absent.Siblings) > 0 {
		t.Errorf("with its memory back, and n1 away, n2 says of what was never written: %v", err)
	}
}

// equalEverywhere says what is wrong with the copies of a key, of which one is the refilled node's.
func equalEverywhere(account *document.Account, id string) error {
	hash := ""
	for _, r := range account.Replicas {
		switch {
		case r.State != "complete" || r.Hash == nil:
			return fmt.Errorf("%s is %s %s and holds %d versions", r.Name, r.State, r.Cause, len(r.Versions))
		case hash != "" && *r.Hash != hash:
			return fmt.Errorf("%s holds something else than the others", r.Name)
		case r.ID == id:
			id = ""
		}
		hash = *r.Hash
	}
	if id != "" {
		return fmt.Errorf("the node %s is not among its owners", id)
	}
	return nil
}

// knowsNothing: the emptied node has its old id, and says that it has forgotten all.
func knowsNothing(ctx context.Context, t *testing.T, c *process.Cluster, clients []*client.Client, n2 *process.Node, id string) {
	t.Helper()
	eventually(t, 30*time.Second, "n1 does not say that the emptied node has forgotten all", func() error {
		mine, _, err := replicaAt(ctx, clients[0], "key-000000", n2.Name)
		if err == nil && (mine.State != "incomplete" || mine.Hash != nil || mine.ID != id) {
			err = fmt.Errorf("it is %+v", mine)
		}
		return err
	})
	if n, err := incompleteOf(ctx, adminOf(t, n2)); err != nil || n == 0 {
		t.Errorf("%d ranges of the emptied node are incomplete, %v", n, err)
	}
	eventually(t, 30*time.Second, "the status of the cluster does not tell that n2 is incomplete", func() error {
		cluster, err := adminOf(t, c.Nodes[0]).Cluster(ctx)
		if err != nil {
			return err
		}
		for _, n := range cluster.Nodes {
			if n.Name == n2.Name && n.Incomplete != nil && *n.Incomplete > 0 {
				return nil
			}
		}
		return fmt.Errorf("it tells of %d nodes", len(cluster.Nodes))
	})
}

func readsGoOn(t *testing.T, clients []*client.Client, keys int, value func(int) []byte) {
	t.Helper()
	eachKey(t, "read beside an emptied node", keys, func(ctx context.Context, i int, key string) error {
		got, err := clients[i%3].Get(ctx, refilled, key, client.GetOptions{})
		if err != nil {
			return err
		}
		if len(got.Siblings) != 1 || string(got.Siblings[0].Value) != string(value(i)) {
			return fmt.Errorf("it is read as %d values", len(got.Siblings))
		}
		return nil
	})
}

// believedNothing: with one whole copy and the emptied one, nobody can tell that a key is absent.
func believedNothing(ctx context.Context, t *testing.T, c *process.Cluster, clients []*client.Client) {
	t.Helper()
	c.Nodes[2].Kill()
	for i, reader := range clients[:2] {
		got, err := reader.Get(ctx, refilled, "never-written", client.GetOptions{Options: client.Options{Timeout: 5 * time.Second}})
		failed := new(client.Error)
		if !errors.As(err, &failed) || failed.Status != 503 {
			t.Errorf("n%d says %+v, %v of a key that nobody can tell the absence of", i+1, got, err)
		}
	}
}
