package gossip

import (
	"testing"
	"time"

	"github.com/kindreddb/kindred/ring"
)

func TestStartersThatSawDifferentThreesBecomeOneCluster(t *testing.T) {
	s := newSource(8)
	x := State{births: []Birth{must(newBirth(s, testMembers(1, 2, 3), 16, 3))}}.advance(1)
	y := State{births: []Birth{must(newBirth(s, testMembers(2, 3, 4), 16, 3))}}.advance(4)
	saved := map[ring.NodeID]State{1: x, 2: x.advance(2), 3: y.advance(3), 4: y}
	var nodes []*Gossip
	for id := ring.NodeID(1); id <= 4; id++ {
		cfg, _ := testConfig(t, id)
		cfg.BootstrapExpect = 3
		_ = cfg.Disk.SaveState(savedState, saved[id].Encode())
		if id > 1 {
			cfg.Join = []string{nodes[0].Address()}
		}
		nodes = append(nodes, start(t, cfg))
	}
	await(t, "all have a cluster", ready(nodes...), nodes...)
	greater := x.births[0]
	if greater.compare(y.births[0]) < 0 {
		greater = y.births[0]
	}
	for _, g := range nodes {
		if g.View().ClusterID != greater.Cluster {
			t.Fatalf("%s belongs to %x", g.cfg.Name, g.View().ClusterID)
		}
	}
}

func TestOfTwoStartersWithOneNameTheYoungerGoes(t *testing.T) {
	first, _ := testConfig(t, 1)
	first.BootstrapExpect = 3
	a := start(t, first)
	p := a.profile()
	p.started -= 1000 // the clock has milliseconds, and the test is faster
	a.self.Store(&p)
	second, _ := testConfig(t, 2, a.Address())
	second.BootstrapExpect, second.Name = 3, "n1"
	if turned := refusal(t, second); turned.Reason != NameInUse {
		t.Fatal(turned)
	}
	if a.Err() != nil {
		t.Fatal("the older went:", a.Err())
	}
}

func TestTwoProcessesWithOneIdOnTwoSidesAreFoundWhenTheSidesMeet(t *testing.T) {
	side := func(friend ring.NodeID, started int64) (g, other *Gossip) {
		cfg, _ := testConfig(t, 5)
		g = start(t, cfg)
		p := g.profile()
		p.started = started
		g.self.Store(&p)
		_ = g.list.UpdateNode(time.Millisecond)
		cfg, _ = testConfig(t, friend, g.Address())
		other = start(t, cfg)
		await(t, "a side sees itself", see([]*Gossip{g, other}, 5, friend), g, other)
		return g, other
	}
	older, c := side(6, 1000)
	younger, d := side(7, 2000)
	if err := c.exchange(d.Address()); err != nil {
		t.Fatal(err)
	}
	await(t, "the younger goes", func() bool { return younger.Err() != nil }, older, c, d)
	await(t, "all see the older", see([]*Gossip{older, c, d}, 5, 6, 7), older, c, d)
	await(t, "the other side knows where it is", func() bool {
		m, _ := d.View().Member(5)
		return m.Gossip == older.Address()
	}, older, c, d)
	if older.Err() != nil {
		t.Fatal("the older went too:", older.Err())
	}
}
