package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// memory is a disk that survives the nodes of a test.
type memory struct {
	mu    sync.Mutex
	saved map[string][]byte
	fails error // what saving answers
}

func (m *memory) SaveState(name string, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return m.fails
	}
	if m.saved == nil {
		m.saved = make(map[string][]byte)
	}
	m.saved[name] = slices.Clone(b)
	return nil
}

func (m *memory) LoadState(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.saved[name]), nil
}

// journal keeps the lines that a node logged.
type journal struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

func (j *journal) count(text string) int { return strings.Count(j.String(), text) }

// testConfig is a node on the loopback that finds itself a port. Its timing is a little faster than the
// default, so that tests need not wait.
func testConfig(t *testing.T, id ring.NodeID, join ...string) (Config, *journal) {
	j := &journal{}
	t.Cleanup(func() {
		if t.Failed() {
			fmt.Fprintf(os.Stderr, "--- log of n%d\n%s", id, j)
		}
	})
	return Config{
		ID: id, Name: fmt.Sprintf("n%d", id), Version: "0.1.0", Bind: "127.0.0.1:0",
		Addresses: Addresses{Data: fmt.Sprintf("127.0.0.1:%d", 8000+id), Admin: "127.0.0.1:1", Peer: "127.0.0.1:2"},
		Join:      join, Partitions: 16, N: 3, Disk: &memory{}, ProbeInterval: 200 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, j
}

// start starts a node that the test's end closes.
func start(t *testing.T, cfg Config) *Gossip {
	t.Helper()
	g, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("n%d did not start: %v", cfg.ID, err)
	}
	t.Cleanup(g.Close)
	return g
}

// patience is how long a test waits for what must come; a busy machine needs far less.
const patience = 30 * time.Second

// await waits until the condition holds. It looks again whenever a node's view has changed, and now and then
// for conditions that no view shows.
func await(t *testing.T, what string, condition func() bool, nodes ...*Gossip) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			for _, g := range nodes {
				t.Logf("%s sees %s", g.cfg.Name, shows(g))
			}
			t.Fatal("this never came: ", what)
		}
		var changed <-chan struct{}
		if len(nodes) == 1 {
			changed = nodes[0].Changed()
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func shows(g *Gossip) string {
	var b strings.Builder
	v := g.View()
	fmt.Fprintf(&b, "cluster %x", v.ClusterID)
	for _, m := range v.Members {
		fmt.Fprintf(&b, " · %s up=%v %s", m.Name, m.Up, m.Cause)
	}
	return b.String()
}

func ready(nodes ...*Gossip) func() bool {
	return func() bool { return !slices.ContainsFunc(nodes, func(g *Gossip) bool { return !g.Ready() }) }
}

// sees says whether all of the nodes believe those to be up, and no others.
func see(nodes []*Gossip, up ...ring.NodeID) func() bool {
	return func() bool {
		for _, g := range nodes {
			seen := map[ring.NodeID]bool{}
			for _, m := range g.View().Members {
				if m.Up {
					seen[m.ID] = true
				}
			}
			want := map[ring.NodeID]bool{}
			for _, id := range up {
				want[id] = true
			}
			if !maps.Equal(seen, want) {
				return false
			}
		}
		return true
	}
}

// cluster starts that many nodes which are born together.
func cluster(t *testing.T, size int, change ...func(*Config)) []*Gossip {
	t.Helper()
	var nodes []*Gossip
	for i := range size {
		cfg, _ := testConfig(t, ring.NodeID(i+1))
		cfg.BootstrapExpect = size
		if i > 0 {
			cfg.Join = []string{nodes[0].Address()}
		}
		for _, f := range change {
			f(&cfg)
		}
		nodes = append(nodes, start(t, cfg))
	}
	await(t, "a cluster is born", ready(nodes...), nodes...)
	return nodes
}

func TestAClusterIsBornOfAsManyNodesAsExpected(t *testing.T) {
	for _, size := range []int{1, 3, 5} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			nodes := cluster(t, size)
			first := nodes[0].View()
			for _, g := range nodes {
				v := g.View()
				if v.ClusterID == 0 || v.ClusterID != first.ClusterID || v.Layout.Hash() != first.Layout.Hash() ||
					v.TreeKey != first.TreeKey || !slices.Equal(v.TokenKeys, first.TokenKeys) {
					t.Fatalf("the nodes do not agree: %+v and %+v", v, first)
				}
				if len(v.Layout.Members()) != size || v.Layout.Partitions() != 16 || v.Layout.Number() != 1 {
					t.Fatalf("the layout has %d members and %d partitions", len(v.Layout.Members()), v.Layout.Partitions())
				}
			}
			var all []ring.NodeID
			for _, g := range nodes {
				all = append(all, g.cfg.ID)
			}
			await(t, "all see all", see(nodes, all...), nodes...)
			m, ok := nodes[size-1].View().Member(1)
			if !ok || m.Name != "n1" || m.Data != "127.0.0.1:8001" || m.Gossip != nodes[0].Address() || m.Version != "0.1.0" || m.Cause != "" {
				t.Fatalf("of n1 is known: %+v", m)
			}
		})
	}
}

func TestOneNodeMoreThanExpectedHoldsTheBirthUpUntilItIsGone(t *testing.T) {
	var nodes []*Gossip
	var logs []*journal
	// The first two cannot be born alone; the others meet them at one time.
	for id := range ring.NodeID(4) {
		cfg, j := testConfig(t, id+1)
		cfg.BootstrapExpect = 3
		if id > 0 {
			cfg.Join = []string{nodes[0].Address()}
		}
		if id >= 2 {
			cfg.Join = nil // told below
		}
		nodes, logs = append(nodes, start(t, cfg)), append(logs, j)
	}
	await(t, "two see each other", see(nodes[:2], 1, 2), nodes...)
	if err := nodes[2].exchange(nodes[3].Address()); err != nil {
		t.Fatal(err)
	}
	await(t, "the others see each other", see(nodes[2:], 3, 4), nodes...)
	if err := nodes[0].exchange(nodes[2].Address()); err != nil {
		t.Fatal(err)
	}
	await(t, "all four see each other", see(nodes, 1, 2, 3, 4), nodes...)
	await(t, "the operator is told", func() bool { return logs[0].count("4 nodes wait for a cluster of 3") > 0 }, nodes...)
	for _, g := range nodes {
		if g.Ready() || len(g.state().births) > 0 {
			t.Fatalf("%s has a cluster though four wait for one of three", g.cfg.Name)
		}
	}
	nodes[3].Close()
	await(t, "three are born", ready(nodes[:3]...), nodes[:3]...)
}

func TestANodeThatJoinsIsToldOfTheClusterAndIsInNoLayout(t *testing.T) {
	nodes := cluster(t, 3)
	cfg, _ := testConfig(t, 9, nodes[1].Address())
	cfg.BootstrapExpect = 1 // the default of a server, which with a node to join means: only join
	g := start(t, cfg)
	await(t, "the newcomer has the cluster", ready(g), g)
	if g.View().ClusterID != nodes[0].View().ClusterID {
		t.Fatal("the newcomer made a cluster of its own")
	}
	if _, ok := g.View().Layout.Member(9); ok {
		t.Fatal("a node that joined is in the layout")
	}
	await(t, "all see it", see(append(nodes, g), 1, 2, 3, 9), append(nodes, g)...)
}

func TestANodeThatIsToldToJoinItselfAloneIsAClusterOfOne(t *testing.T) {
	cfg, _ := testConfig(t, 1)
	probe := start(t, cfg) // to find a free port
	address := probe.Address()
	probe.Close()
	cfg.Bind, cfg.Join, cfg.BootstrapExpect = address, []string{address}, 1
	g := start(t, cfg)
	await(t, "it is born", ready(g), g)
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	cfg, _ := testConfig(t, 1)
	g := start(t, cfg)
	other, _ := testConfig(t, 2)
	other.Bind = g.Address()
	if _, err := Start(t.Context(), other); err == nil || !strings.Contains(err.Error(), g.Address()+" is in use") {
		t.Fatalf("two nodes listen at one address: %v", err)
	}
}

func TestEveryFaultOfAConfigurationIsReportedAtOnce(t *testing.T) {
	cfg := Config{Name: strings.Repeat("x", 65), Bind: "nowhere", Join: []string{"1.2.3.4:port"}, Secret: []byte("short"), BootstrapExpect: -1}
	_, err := Start(context.Background(), cfg)
	for _, part := range []string{"no id", "1 to 64 bytes", `"nowhere" is no address`, "no port", "the secret has 5 bytes", "bootstrap-expect is -1", "no disk"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("nothing says %q: %v", part, err)
		}
	}
	cfg, _ = testConfig(t, 1)
	cfg.Bind = "0.0.0.0:0"
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "--advertise") {
		t.Errorf("a node that nobody can reach was started: %v", err)
	}
}

func TestADiskThatFailsKeepsTheNodeFromTakingPartInABirth(t *testing.T) {
	cfg, _ := testConfig(t, 1)
	cfg.BootstrapExpect = 1
	disk := &memory{fails: errors.New("the disk is on fire")}
	cfg.Disk = disk
	g := start(t, cfg)
	if g.Ready() {
		t.Fatal("it is ready without having saved a thing")
	}
	disk.mu.Lock()
	disk.fails = nil
	disk.mu.Unlock()
	await(t, "it is born when the disk works again", ready(g), g)
}
