package jepsen_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/jepsen/process"
)

// handedOver is the bucket of these tests.
const handedOver = "handed-over"

// manyKeys is how many keys are written while a node is away: 20,000 with KINDRED_LONG=1.
func manyKeys() int {
	if os.Getenv("KINDRED_LONG") != "" {
		return 20_000
	}
	return 4000
}

// eachKey calls f for so many keys, some at a time, stops at the first error, and prints the rate.
func eachKey(t *testing.T, what string, count int, f func(ctx context.Context, i int, key string) error) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, 16)
	for w := range errs {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(count) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := f(ctx, int(i), fmt.Sprintf("key-%06d", i)); err != nil {
					errs[w] = fmt.Errorf("key %d: %w", i, err)
					cancel()
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	took := time.Since(began)
	t.Logf("%s: %d keys in %.1f s, %.0f keys/s", what, count, took.Seconds(), float64(count)/took.Seconds())
}

// adminOf gives a client that asks that node alone.
func adminOf(t *testing.T, n *process.Node) *client.Admin {
	t.Helper()
	a, err := client.NewAdmin(n.Admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// hintsLeft sums the hints that all nodes keep. It is an error while a node does not tell.
func hintsLeft(ctx context.Context, admins []*client.Admin) (left int64, err error) {
	for _, a := range admins {
		r, err := a.Repair(ctx)
		if err != nil {
			return 0, err
		}
		left += r.Hints
	}
	return left, nil
}

// onlyOnPrimaries says whether the node is a primary of the key and, asked alone, holds it; and what is wrong
// with the others: a primary that holds something else, a copy or a hint elsewhere.
func onlyOnPrimaries(account *document.Account, name string) (isPrimary bool, err error) {
	hash := ""
	for _, r := range account.Replicas {
		switch {
		case r.Role != "primary" && (r.Hash != nil || len(r.HintFor) > 0):
			return false, fmt.Errorf("the fallback %s still holds it", r.Name)
		case r.Role != "primary":
		case r.Hash == nil || len(r.Versions) != 1:
			return false, fmt.Errorf("the primary %s does not hold it (%s %s)", r.Name, r.State, r.Cause)
		case len(r.HintFor) > 0:
			return false, fmt.Errorf("%s still keeps it for another node", r.Name)
		case hash != "" && hash != *r.Hash:
			return false, fmt.Errorf("%s holds something else than the other primaries", r.Name)
		default:
			hash = *r.Hash
		}
		isPrimary = isPrimary || r.Role == "primary" && r.Name == name
	}
	return isPrimary, nil
}

func TestANodeThatWasAwayGetsAllItsCopiesByHintsAlone(t *testing.T) {
	count := manyKeys()
	c := startCluster(t, 5, "--anti-entropy", "off", "--read-repair", "off")
	clients := clientsOf(t, c)
	var admins []*client.Admin
	for _, n := range c.Nodes {
		admins = append(admins, adminOf(t, n))
	}
	away := c.Nodes[2]
	away.Kill()
	writers := slices.Concat(clients[:2], clients[3:])
	eachKey(t, "written while n3 is away", count, func(ctx context.Context, i int, key string) error {
		_, err := writers[i%len(writers)].Put(ctx, handedOver, key, []byte("value of "+key), client.PutOptions{})
		return err
	})
	others := slices.Concat(admins[:2], admins[3:])
	var kept int64
	eventually(t, 30*time.Second, "hints are still being written", func() error {
		before := kept
		var err error
		kept, err = hintsLeft(t.Context(), others)
		if err == nil && (kept != before || kept == 0) {
			err = fmt.Errorf("%d hints, and %d just before", kept, before)
		}
		return err
	})
	t.Logf("%d hints are kept", kept)

	began := time.Now()
	if err := away.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, away)
	eventually(t, 5*time.Minute, "hints are left", func() error {
		left, err := hintsLeft(t.Context(), admins)
		if err == nil && left > 0 {
			err = fmt.Errorf("%d are left", left)
		}
		return err
	})
	took := time.Since(began)
	t.Logf("delivered: %d hints within %.1f s of the node's start, %.0f hints/s", kept, took.Seconds(), float64(kept)/took.Seconds())

	var its atomic.Int64
	eachKey(t, "looked up on each node alone", count, func(ctx context.Context, i int, key string) error {
		account, err := clients[i%len(clients)].Explain(ctx, handedOver, key)
		if err != nil {
			return err
		}
		isPrimary, err := onlyOnPrimaries(account, away.Name)
		if isPrimary {
			its.Add(1)
		}
		return err
	})
	if its.Load() == 0 {
		t.Error("n3 is a primary of none of the keys")
	}
	t.Logf("n3 is a primary of %d of %d keys and holds them all; no fallback holds any", its.Load(), count)
	for i, a := range admins {
		r, err := a.Repair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Exchanges != 0 || r.ReadRepairs != 0 || r.AntiEntropy || r.ReadRepair {
			t.Errorf("n%d repaired in other ways, too: %+v", i+1, r)
		}
	}
}
