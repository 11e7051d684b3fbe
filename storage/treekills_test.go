package storage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/folder"
)

// TestTreesAreExactAfterKills kills a process with eight writers that do everything that changes a tree, at
// random moments, again and again on one folder, in both modes of durability. The stored trees are then those
// of the records. KINDRED_TEST_TREE_KILLS is how often; 10 without it.
func TestTreesAreExactAfterKills(t *testing.T) {
	if dir := os.Getenv("KINDRED_TEST_TREE_FOLDER"); dir != "" {
		liveInTrees(dir, os.Getenv("KINDRED_TEST_TREE_MODE"))
		return
	}
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("KINDRED_TEST_TREE_KILLS")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "data")
	acked := 0
	for kill := range kills {
		mode, left := []string{"sync", "interval"}[kill%2], 1+chance.IntN(800)
		child(t, "TestTreesAreExactAfterKills", func(string) bool {
			acked++
			left--
			return left > 0
		}, "KINDRED_TEST_TREE_FOLDER="+dir, "KINDRED_TEST_TREE_MODE="+mode)
		b := &bed{t: t, dir: dir, opts: small()}
		b.mustStart()
		if b.store.forest.Load() == nil || b.store.shaken {
			t.Errorf("kill %d, %s: the stored trees were not taken up: %v", kill, mode, b.store.Doubts())
		}
		audit(t, b.store)
		b.stop()
		if t.Failed() {
			t.Fatalf("kill %d, %s", kill, mode)
		}
	}
	t.Logf("%d acknowledged changes over %d kills, and each time the stored trees are those of the records", acked, kills)
}

// liveInTrees changes keys that the writers share, until the process is killed.
func liveInTrees(dir, mode string) {
	f, err := folder.Open(dir, folder.Options{})
	if err != nil {
		panic(err)
	}
	o := small()
	o.Folder = f
	if mode == "interval" {
		o.Interval = 20 * time.Millisecond
	}
	s, err := Open(context.Background(), o)
	if err == nil {
		err = s.SetTreeKey(testTreeKey)
	}
	if err != nil {
		panic(err)
	}
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for {
				k := node.NewKey("trees", fmt.Sprint(rand.IntN(150)), 1+rand.IntN(3))
				if err := s.Update(context.Background(), k, rand.IntN(4) == 0, anyChange); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println("acked")
			}
		})
	}
	writers.Wait()
}

// anyChange writes over what is held, beside it, or nothing but targets; removes it; or merges in what came
// from elsewhere.
func anyChange(h node.Held) (node.Change, error) {
	targets := []ring.NodeID{7, 8}[:rand.IntN(3)]
	seen := h.Versions.Context()
	switch rand.IntN(8) {
	case 0:
		return node.Change{Write: true}, nil
	case 1:
		return node.Change{Write: true, Object: h.Object, Targets: targets}, nil
	case 2:
		other := tombstone(clock.Actor(1+rand.Uint64N(5)), 1+rand.Uint64N(1000))
		return node.Change{Write: true, Object: node.MergeObjects(h.Object, other), Targets: targets}, nil
	case 3:
		if len(h.Versions) < 5 {
			seen = clock.Clock{}
		}
	}
	source, err := h.Issue()
	if err != nil {
		return node.Change{}, err
	}
	v, o := clock.Update(seen, h.Versions, source), node.Object{}
	if v.Tombstone = rand.IntN(4) == 0; !v.Tombstone {
		c := value(int(source.Counter), []int{0, 100, 100, 100, 3000, 3000, 40_000}[rand.IntN(7)])
		v.Content, o.Contents = c.Digest, []*node.Content{c}
	}
	o.Versions = clock.Set{v}
	return node.Change{Write: true, Object: node.MergeObjects(h.Object, o), Targets: targets}, nil
}
