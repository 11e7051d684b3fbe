package gossip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// refusal starts a node that is to be turned away and gives the reason.
func refusal(t *testing.T, cfg Config) *RefusedError {
	t.Helper()
	g, err := Start(t.Context(), cfg)
	if err == nil {
		t.Cleanup(g.Close)
		select {
		case <-g.Done():
			err = g.Err()
		case <-time.After(patience):
			t.Fatalf("n%d was not turned away", cfg.ID)
		}
	}
	var turned *RefusedError
	if !errors.As(err, &turned) {
		t.Fatalf("n%d ended with %v", cfg.ID, err)
	}
	return turned
}

func TestARestartedNodeIsReadyFromItsDiskAndFindsTheOthersAgain(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	old := nodes[2]
	cluster := old.View().ClusterID
	await(t, "the addresses are saved", func() bool {
		saved, _ := old.cfg.Disk.LoadState(savedPeers)
		known, _ := decodePeers(saved)
		return len(known) == 2
	}, nodes...)
	old.Close()
	cfg := old.cfg
	cfg.Join = nil // it remembers
	g, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	if !g.Ready() || g.View().ClusterID != cluster {
		t.Fatal("it is not ready from its own disk")
	}
	if m, ok := g.View().Member(1); !ok || m.Name != "n1" || m.Gossip != nodes[0].Address() {
		t.Fatalf("it does not remember n1: %+v", m)
	}
	nodes[2] = g
	await(t, "all see all again", see(nodes, 1, 2, 3), nodes...)
	await(t, "the others know its new address", func() bool {
		m, _ := nodes[0].View().Member(3)
		return m.Gossip == g.Address()
	}, nodes...)
}

func TestANodeThatStartsAloneIsReadyAndShowsTheOthersAsDown(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	for _, g := range nodes {
		g.Close()
	}
	g := start(t, nodes[0].cfg)
	if !g.Ready() {
		t.Fatal("it waits for others")
	}
	for id := ring.NodeID(2); id <= 3; id++ {
		m, ok := g.View().Member(id)
		if !ok || m.Up || m.Cause == "" || m.Since.IsZero() || g.Reachable(id) {
			t.Fatalf("of %d it shows %+v", id, m)
		}
	}
	if m, _ := g.View().Member(1); !m.Up || !g.Reachable(1) {
		t.Fatal("it does not reach itself")
	}
}

func TestASecondNodeOfALivingNameIsTurnedAwayAndBothSidesSaySo(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	for name, join := range map[string]*Gossip{"through the node itself": nodes[2], "through another node": nodes[0]} {
		t.Run(name, func(t *testing.T) {
			cfg, log := testConfig(t, 7, join.Address())
			cfg.Name, cfg.Fresh = "n3", true
			turned := refusal(t, cfg)
			if turned.Reason != NameInUse || !strings.Contains(turned.Error(), `"n3"`) || !strings.Contains(turned.Error(), "--name") {
				t.Fatal(turned)
			}
			if log.count("cannot stay") != 1 || join.Stats().TurnedAway == 0 {
				t.Fatalf("the newcomer's log:\n%s", log)
			}
		})
	}
	await(t, "nobody was disturbed", see(nodes, 1, 2, 3), nodes...)
}

func TestASecondNodeOfALivingIdIsTurnedAway(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	for name, join := range map[string]*Gossip{"through the node itself": nodes[2], "through another node": nodes[0]} {
		t.Run(name, func(t *testing.T) {
			cfg := nodes[2].cfg // a copy of the folder, on another port
			cfg.Join = []string{join.Address()}
			if turned := refusal(t, cfg); turned.Reason != IdentityInUse {
				t.Fatal(turned)
			}
		})
	}
	if nodes[2].Err() != nil {
		t.Fatal("the node that was there first went:", nodes[2].Err())
	}
}

func TestOfTwoProcessesWithOneIdThatMeetLateTheYoungerGoes(t *testing.T) {
	older, _ := testConfig(t, 5)
	a := start(t, older)
	younger, _ := testConfig(t, 5)
	b := start(t, younger)
	third, _ := testConfig(t, 6, a.Address())
	c := start(t, third)
	await(t, "c sees the older", see([]*Gossip{c}, 5, 6), c)
	// The younger one is told to visit, as by a conflict that gossip reports.
	p, q := a.profile(), b.profile()
	p.started, q.started = 1000, 2000
	a.self.Store(&p)
	b.self.Store(&q)
	a.seeker.visit(b.Address()) // even the older calling finds out that the younger is to go
	await(t, "the younger is turned away", func() bool { return b.Err() != nil }, a)
	var turned *RefusedError
	if !errors.As(b.Err(), &turned) || turned.Reason != IdentityInUse || a.Err() != nil {
		t.Fatalf("older: %v, younger: %v", a.Err(), b.Err())
	}
}

func TestTwoClustersNeverMix(t *testing.T) {
	one := cluster(t, 1)[0]
	two, log := testConfig(t, 2)
	two.BootstrapExpect = 1
	b := start(t, two)
	await(t, "the other cluster is born", ready(b), b)
	b.Close()
	two.Join = []string{one.Address()}
	turned := refusal(t, two)
	if turned.Reason != OtherCluster || log.count("belongs to cluster") == 0 || one.Stats().TurnedAway == 0 {
		t.Fatalf("%v\n%s", turned, log)
	}
	if len(one.View().Members) != 1 {
		t.Fatal("a stranger was taken in")
	}
}

func TestANodeWithAnotherSecretIsToldSo(t *testing.T) {
	right, wrong := []byte("sixteen bytes ..."), []byte("seventeen bytes ..")
	for _, test := range []struct {
		name          string
		theirs, mine  []byte
		says, toOther string
	}{
		{"the secrets differ", right, wrong, "another than this node's", "another secret"},
		{"the newcomer has none", right, nil, "it has a secret and this node none", "it has no secret and this node has one"},
		{"only the newcomer has one", nil, right, "it has no secret and this node has one", "it has a secret and this node none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, log := testConfig(t, 1)
			cfg.BootstrapExpect, cfg.Secret = 1, test.theirs
			g := start(t, cfg)
			other, _ := testConfig(t, 2, g.Address())
			other.Secret = test.mine
			turned := refusal(t, other)
			if turned.Reason != WrongSecret || !strings.Contains(turned.Error(), test.says) || !strings.Contains(turned.Error(), "--secret-file") {
				t.Fatal(turned)
			}
			if log.count("was turned away") == 0 || g.Stats().TurnedAway == 0 {
				t.Fatalf("the other side says nothing:\n%s", log)
			}
			if _, err := Discover(t.Context(), other); !errors.As(err, &turned) || turned.Reason != WrongSecret {
				t.Fatalf("discovering says %v", err)
			}
		})
	}
}

func TestNodesWithOneSecretAreACluster(t *testing.T) {
	nodes := cluster(t, 3, func(c *Config) { c.Secret = []byte("a secret of the three") })
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	if err := nodes[1].SetBucket("b", node.DefaultProps(3)); err != nil {
		t.Fatal(err)
	}
	await(t, "a bucket is known everywhere", func() bool { return len(nodes[2].View().Buckets) == 1 }, nodes...)
	if n := nodes[0].Stats(); n.PacketsBad != 0 || n.PacketsDropped != 0 {
		t.Fatalf("packets among friends were dropped: %+v", n)
	}
}

func TestANodeOfAnIncompatibleVersionIsToldBothVersions(t *testing.T) {
	g := cluster(t, 1)[0]
	cfg, _ := testConfig(t, 2, g.Address())
	cfg.oldest, cfg.newest = 7, 9
	turned := refusal(t, cfg)
	if turned.Reason != OtherVersion || !strings.Contains(turned.Error(), "1 to 1 and this node 7 to 9") {
		t.Fatal(turned)
	}
	neighbour, _ := testConfig(t, 3, g.Address())
	neighbour.oldest, neighbour.newest = 1, 2
	n := start(t, neighbour)
	await(t, "a neighbouring version is taken in", ready(n), n)
}

func TestAnEmptyNodeTakesThePlaceOfAnAbsentMemberOfItsName(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	heir, _ := testConfig(t, 77, nodes[0].Address(), "127.0.0.1:9") // nobody listens at the second
	heir.Name = "n3"
	if _, err := Discover(t.Context(), heir); err == nil {
		t.Fatal("it would have taken the place of a living member")
	}
	nodes[2].Close()
	found, err := Discover(t.Context(), heir) // asks again until it is noticed that n3 is gone
	if err != nil {
		t.Fatal(err)
	}
	if found.Take != 3 || found.Cluster != nodes[0].View().ClusterID || found.Answered != 1 {
		t.Fatalf("found %+v", found)
	}
	if _, err := Start(t.Context(), heir); err == nil {
		t.Fatal("it was started under an id of its own though not empty")
	}
	heir.Fresh = true
	var taking *TakeIdentityError
	if _, err := Start(t.Context(), heir); !errors.As(err, &taking) || taking.ID != 3 || taking.Cluster != found.Cluster {
		t.Fatalf("a start without discovering says %v", err)
	}
	heir.ID = found.Take
	g := start(t, heir)
	await(t, "the heir has the layout", ready(g), g)
	nodes[2] = g
	await(t, "it is n3 for all", see(nodes, 1, 2, 3), nodes...)
}

func TestAPlaceIsNotTakenWhileAnybodyReachesTheMember(t *testing.T) {
	nodes := cluster(t, 3)
	await(t, "all see all", see(nodes, 1, 2, 3), nodes...)
	cut := &nodes[0].roster // n1 no longer reaches n3; n2 does
	await(t, "n1 has heard n3's last word, which would bring it back", func() bool {
		cut.mu.Lock()
		defer cut.mu.Unlock()
		return cut.peers[3].cluster != 0
	}, nodes...)
	cut.mu.Lock()
	p := cut.peers[3]
	p.up, p.at.Gossip = false, "127.0.0.1:9"
	cut.peers[3] = p
	cut.mu.Unlock()
	heir, _ := testConfig(t, 77, nodes[0].Address(), nodes[1].Address())
	heir.Name, heir.Fresh = "n3", true
	if turned := refusal(t, heir); turned.Reason != NameInUse {
		t.Fatal(turned)
	}
	var turned *RefusedError
	if found, err := Discover(t.Context(), heir); !errors.As(err, &turned) || turned.Reason != NameInUse {
		t.Fatalf("%+v %v", found, err)
	}
	heir.Join = heir.Join[:1] // only n1 is asked, which cannot know better
	var taking *TakeIdentityError
	if _, err := Start(t.Context(), heir); !errors.As(err, &taking) || taking.ID != 3 {
		t.Fatal(err)
	}
}

func TestDiscoveringWhereNobodyAnswersFindsNothing(t *testing.T) {
	cfg, _ := testConfig(t, 1, "127.0.0.1:9")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if found, err := Discover(ctx, cfg); err != nil || found != (Found{}) {
		t.Fatalf("%+v %v", found, err)
	}
}

func TestASavedStateThatIsDamagedStopsTheStart(t *testing.T) {
	cfg, _ := testConfig(t, 1)
	_ = cfg.Disk.SaveState(savedState, []byte("\x01nonsense"))
	if _, err := Start(t.Context(), cfg); !errors.Is(err, ErrMalformed) {
		t.Fatalf("it was read: %v", err)
	}
}
