package node_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/memory"
)

// withTrees has a member compare copies by the trees of its store, and changes the rest of its Config.
func withTrees(change func(*node.Config)) func(*node.Config) {
	return func(c *node.Config) {
		s := c.Store.(*memory.Store)
		if err := s.SetTreeKey(antientropy.Secret{1}); err != nil {
			panic(err) // the rig would not compile with another store
		}
		c.Trees = s
		if change != nil {
			change(c)
		}
	}
}

// differ leaves that many keys on member 1 alone.
func (r *rig) differ(count int) {
	r.t.Helper()
	r.setDown(true, 2, 3)
	for i := range count {
		p := write(fmt.Sprintf("k%d", i), "v")
		p.Options.W, p.Options.DW, p.Options.NoSloppy = 1, 1, true
		r.mustPut(1, p)
	}
	synctest.Wait()
	r.setDown(false, 2, 3)
}

// holders counts the members that hold the key.
func (r *rig) holders(key string) int {
	held := 0
	for id := range r.members {
		if !r.held(id, key).IsEmpty() {
			held++
		}
	}
	return held
}

// calm says that no member has a pair of copies left that is to meet.
func (r *rig) calm() bool {
	for _, m := range r.members {
		if m.RepairStatus().Due > 0 {
			return false
		}
	}
	return true
}

func pointer[T any](v T) *T { return &v }

func TestEachWayOfRepairCanBeLeftOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*node.Config)
		mended bool // without anybody reading
		byRead bool
	}{
		{"all ways are gone", nil, true, true},
		{"anti-entropy alone", func(c *node.Config) { c.NoReadRepair, c.NoHandoff = true, true }, true, true},
		{"handoff alone", func(c *node.Config) { c.NoAntiEntropy, c.NoReadRepair = true, true }, true, true},
		{"read repair alone", func(c *node.Config) { c.NoAntiEntropy, c.NoHandoff = true, true }, false, true},
		{"none at all", func(c *node.Config) { c.NoAntiEntropy, c.NoReadRepair, c.NoHandoff = true, true, true }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			quick := withTrees(func(n *node.Config) {
				n.RepairPeriod = 10 * time.Second
				if c.change != nil {
					c.change(n)
				}
			})
			run(t, setup{members: 3, n: 3, config: quick}, func(t *testing.T, r *rig) {
				r.differ(1)
				time.Sleep(time.Minute)
				if got := r.holders("k0") == 3; got != c.mended {
					t.Fatalf("after a minute all hold it: %v, want %v", got, c.mended)
				}
				if _, err := r.get(1, "k0", atR(node.LevelAll)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				time.Sleep(time.Second)
				if got := r.holders("k0") == 3; got != c.byRead {
					t.Fatalf("after a read all hold it: %v, want %v", got, c.byRead)
				}
			})
		})
	}
}

func TestARoundThatIsAskedForMeetsEveryPairAndSaysWhenItIsDone(t *testing.T) {
	quiet := withTrees(func(c *node.Config) { c.RepairPeriod, c.NoHandoff, c.NoReadRepair = 24*time.Hour, true, true })
	run(t, setup{members: 3, n: 3, config: quiet}, func(t *testing.T, r *rig) {
		r.until(time.Minute, "the first round is over", r.calm)
		r.differ(20)
		time.Sleep(time.Minute)
		if got := r.holders("k7"); got != 1 {
			t.Fatalf("%d hold a key, and nobody has asked for a round", got)
		}
		s, err := r.members[1].SteerRepair(node.RepairChange{Run: true})
		if err != nil || s.Due != s.Pairs || s.Pairs != 2*r.layout.Partitions() {
			t.Fatalf("right after the call %d of %d pairs are due, %v", s.Due, s.Pairs, err)
		}
		r.until(time.Minute, "the round is over", r.calm)
		for i := range 20 {
			if got := r.holders(fmt.Sprintf("k%d", i)); got != 3 {
				t.Errorf("k%d is on %d", i, got)
			}
		}
		s = r.members[1].RepairStatus()
		if s.KeysFound != 40 || s.Bytes == 0 || s.Failed != 0 || s.Exchanges != int64(2*s.Pairs) {
			t.Errorf("it counts %+v", s)
		}
	})
}

func TestPairsWhoseOtherNodeIsAwayAreDueAndNamedSo(t *testing.T) {
	run(t, setup{members: 3, n: 3, config: withTrees(nil)}, func(t *testing.T, r *rig) {
		r.until(time.Minute, "the first round is over", r.calm)
		r.setDown(true, 3)
		r.members[1].RepairNow()
		half := r.layout.Partitions()
		r.until(time.Minute, "those with the other node have met", func() bool { return r.members[1].RepairStatus().Due == half })
		if s := r.members[1].RepairStatus(); s.Away != half || s.Incomplete != 0 {
			t.Errorf("%+v, want the pairs with the node that is down", s.Pairings)
		}
		r.setDown(false, 3)
		r.until(time.Minute, "met when it is back", r.calm)
	})
}

func TestAPairThatBrokeOffIsStillDue(t *testing.T) {
	run(t, setup{members: 3, n: 3, config: withTrees(nil)}, func(t *testing.T, r *rig) {
		r.until(time.Minute, "the first round is over", r.calm)
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if _, ok := c.body.(*node.TreeRequest); ok {
				return &node.Refused{Reason: node.RefusedFailed}, nil
			}
			return c.deliver(ctx)
		})
		r.members[1].RepairNow()
		time.Sleep(5 * time.Second)
		if s := r.members[1].RepairStatus(); s.Due != s.Pairs || s.Failed == 0 {
			t.Errorf("every exchange fails, and the status is %+v", s)
		}
	})
}

func TestAPauseHoldsARoundUntilItEnds(t *testing.T) {
	run(t, setup{members: 3, n: 3, config: withTrees(nil)}, func(t *testing.T, r *rig) {
		r.until(time.Minute, "the first round is over", r.calm)
		s, err := r.members[1].SteerRepair(node.RepairChange{Run: true, Paused: pointer(true)})
		if err != nil || !s.Paused {
			t.Fatalf("%+v, %v", s, err)
		}
		time.Sleep(time.Hour) // longer than the period, too
		if s = r.members[1].RepairStatus(); s.Due != s.Pairs {
			t.Fatalf("%d of %d pairs are due after an hour's pause", s.Due, s.Pairs)
		}
		c, err := r.members[2].ClusterStatus(t.Context())
		if err != nil || !slices.ContainsFunc(c.Problems, func(p node.Problem) bool {
			return p.What == "anti-entropy is paused on n1" && p.Next == "kindred repair resume"
		}) {
			t.Errorf("the status of another node names no pause: %+v, %v", c.Problems, err)
		}
		if _, err := r.members[1].SteerRepair(node.RepairChange{Paused: pointer(false)}); err != nil {
			t.Fatal(err)
		}
		r.until(time.Minute, "all met after the pause", r.calm)
	})
}

func TestABudgetIsObeyedAndANegativeOneRefusedWhole(t *testing.T) {
	slow := withTrees(func(c *node.Config) {
		c.NoReadRepair, c.NoHandoff, c.RepairBytesPerSecond, c.RepairPeriod = true, true, 1, 24*time.Hour
	})
	run(t, setup{members: 3, n: 3, config: slow}, func(t *testing.T, r *rig) {
		r.until(time.Minute, "the first round is over", r.calm)
		m := r.members[1]
		_, err := m.SteerRepair(node.RepairChange{Run: true, Paused: pointer(true), BytesPerSecond: pointer(int64(-1))})
		wantError(t, err, node.CodeInvalidParameter, node.NotApplied)
		if s := m.RepairStatus(); s.Paused || s.Due != 0 || s.BytesPerSecond != 1 {
			t.Errorf("a change that was refused left %+v", s)
		}
		r.differ(20) // of one byte each
		if _, err := m.SteerRepair(node.RepairChange{Run: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if r.calm() {
			t.Error("20 keys for two nodes went within 5 s at a byte a second")
		}
		if s, err := m.SteerRepair(node.RepairChange{BytesPerSecond: pointer(int64(0))}); err != nil || s.BytesPerSecond != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		r.until(2*time.Minute, "the rest went without a bound", r.calm)
	})
}

func TestStatusNamesWhatANodeIsKeptFrom(t *testing.T) {
	off := withTrees(func(c *node.Config) {
		if c.ID == 2 {
			c.NoAntiEntropy, c.NoHandoff = true, true
		}
	})
	run(t, setup{members: 3, n: 3, config: off}, func(t *testing.T, r *rig) {
		if err := r.members[2].store.SetKnows(node.Range{Partition: 1, N: 3}, false); err != nil {
			t.Fatal(err)
		}
		s := r.members[2].RepairStatus()
		if s.AntiEntropy || s.Handoff || !s.ReadRepair || s.Pairs != 0 || s.Incomplete != 1 {
			t.Errorf("its own status is %+v", s)
		}
		c, err := r.members[ring.NodeID(1)].ClusterStatus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range c.Problems {
			said = append(said, p.What+": "+p.Next)
		}
		want := []string{
			"n2 cannot tell absence in 1 of its partitions: restart it without --anti-entropy off: its copies are refilled by anti-entropy",
			"n2 runs with --anti-entropy off, --handoff off: restart it without",
		}
		if !slices.Equal(said, want) {
			t.Errorf("it says %q", said)
		}
	})
}
