package gossip

import (
	"testing"
	"time"
)

func TestANodeThatIsStartedAnewAtItsAddressIsTakenInBeforeItsDeathIsNoticed(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	cfg := nodes[2].cfg
	cfg.Bind, cfg.Version = nodes[2].Address(), "0.2.0"
	nodes[2].Close()
	nodes[2] = start(t, cfg)
	await(t, "all know the new process", func() bool {
		for _, g := range nodes {
			if m, _ := g.View().Member(3); !m.Up || m.Version != "0.2.0" {
				return false
			}
		}
		return true
	}, nodes...)
}

func TestANodeThatLeftComesBackAtOnceUnderAnotherAddressAndName(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	if err := nodes[2].Leave(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	nodes[2].Close()
	if err := nodes[2].Leave(time.Second); err != nil {
		t.Fatal("leaving after the end:", err)
	}
	cfg := nodes[2].cfg
	cfg.Name = "renamed"
	nodes[2] = start(t, cfg)
	await(t, "all know it", func() bool {
		for _, g := range nodes {
			if m, _ := g.View().Member(3); !m.Up || m.Name != "renamed" {
				return false
			}
		}
		return true
	}, nodes...)
	if name := nodes[0].View().NameOf(3); name != "n3" {
		t.Fatalf("the layout calls it %q", name)
	}
}

func TestAnAddressThatIsAnotherNodesNowIsLeftAlone(t *testing.T) {
	nodes := cluster(t, 2)
	await(t, "both see both", see(nodes, 1, 2), nodes...)
	address := nodes[1].Address()
	nodes[1].Close()
	await(t, "it is given up", see(nodes[:1], 1), nodes[0])
	cfg, _ := testConfig(t, 8)
	cfg.Bind, cfg.BootstrapExpect = address, 2 // it waits for another, of a cluster to be
	other := start(t, cfg)
	await(t, "the first has called there", func() bool {
		m, _ := nodes[0].View().Member(2)
		return m.Cause == causeSilent+" (another node has its address now)"
	}, nodes[0])
	if other.Ready() || len(nodes[0].View().Members) != 2 {
		t.Fatalf("it was drawn into a cluster that it never asked for: %s", shows(nodes[0]))
	}
}

func TestABirthIsTakenUpAgainAfterARestartInItsMiddle(t *testing.T) {
	nodes := cluster(t, 3)
	born := nodes[0].View().ClusterID
	// The first is put back to where it had published and nobody had answered yet.
	full := nodes[0].state()
	b := full.births[0]
	b.Sealed = false
	early := State{births: []Birth{b}}.advance(1)
	if _, ok := early.Cluster(); ok {
		t.Fatal("one of three seals a birth")
	}
	nodes[0].Close()
	cfg := nodes[0].cfg
	cfg.Disk = &memory{}
	_ = cfg.Disk.SaveState(savedState, early.Encode())
	cfg.Join = []string{nodes[1].Address()}
	g := start(t, cfg)
	await(t, "it hears that all follow", ready(g), g)
	if g.View().ClusterID != born {
		t.Fatal("it made another cluster")
	}
}
