package sim

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Config is what a cluster is made of. Zero values take the defaults named.
type Config struct {
	Seed Seed
	// Nodes is the number of members, 1 to 16; default 5. N is the cluster's n; default 3.
	Nodes, N int
	// Partitions of the ring, a power of two; default 16.
	Partitions int
	// Weather is the network's from the start; default: each message takes 200 µs to 2 ms.
	Weather Weather
	// DetectMin and DetectMax bound how long a member's belief in another lags behind the truth; default
	// 200 ms to 1 s.
	DetectMin, DetectMax time.Duration
	// SyncMin and SyncMax bound how long a write to disk takes; default: no time.
	SyncMin, SyncMax time.Duration
	// Interval makes every store one of interval mode.
	Interval time.Duration
	// AntiEntropy lets the copies of each range compare their trees; without it only writes, hints and read
	// repair move data.
	AntiEntropy bool
	// Block is how many numbers an actor reserves at a time; default 8.
	Block uint64
	// Node is the template of every node's configuration; ID, Store, Cluster and Peers are filled in.
	Node node.Config
}

func (c *Config) setDefaults() {
	c.Nodes = cmp.Or(c.Nodes, 5)
	c.N = cmp.Or(c.N, 3)
	c.Partitions = cmp.Or(c.Partitions, 16)
	if c.Weather == (Weather{}) {
		c.Weather = Weather{DelayMin: 200 * time.Microsecond, DelayMax: 2 * time.Millisecond}
	}
	c.DetectMin = cmp.Or(c.DetectMin, 200*time.Millisecond)
	c.DetectMax = cmp.Or(c.DetectMax, time.Second)
	c.Block = cmp.Or(c.Block, 8)
}

// Cluster is a cluster under simulation. Its methods are for the goroutine of the test; those of its members,
// clients and network may be called from others too.
type Cluster struct {
	Config
	Net     *Network
	History *History
	Ledger  *Ledger
	Layout  *ring.Layout
	Members []*Member // in the order of their names a, b, c …

	clones  []*Member
	clients int
	group   sync.WaitGroup // the Runs of all processes, past ones included
}

// New starts a cluster in its first layout, every copy born complete. It must be called inside a bubble of
// testing/synctest, and closed there.
func New(c Config) (*Cluster, error) {
	c.setDefaults()
	if c.Nodes < 1 || c.Nodes > 16 {
		return nil, fmt.Errorf("sim: %d nodes: 1 to 16 are possible", c.Nodes)
	}
	cl := &Cluster{Config: c, Net: newNetwork(c.Seed, c.Weather), History: newHistory(), Ledger: newLedger()}
	var members []ring.Member
	for i := range c.Nodes {
		members = append(members, ring.Member{ID: ring.NodeID(i + 1), Name: string(rune('a' + i)), Capacity: 1})
	}
	layout, err := ring.First(members, c.Partitions, c.N)
	if err != nil {
		return nil, err
	}
	cl.Layout = layout
	for i, m := range members {
		cl.Members = append(cl.Members, newMember(cl, i+1, m))
		cl.Net.join(cl.Members[i])
	}
	cl.Net.changed = cl.observe
	for _, m := range cl.Members {
		if err := m.birth(); err != nil {
			return nil, err
		}
	}
	for _, m := range cl.Members {
		m.awaitReady(time.Minute)
	}
	return cl, nil
}

// Close stops every process and waits until nothing of the cluster runs any more.
func (c *Cluster) Close() {
	close(c.Net.ended)
	c.Net.Rule(nil)
	for _, m := range slices.Concat(c.Members, c.clones) {
		m.gate.open()
		m.kill(false)
	}
	c.group.Wait()
	c.Net.flights.Wait()
}

// Places are the members in the order of the key's preference list: its primaries come first.
func (c *Cluster) Places(bucket, key string) []*Member {
	var out []*Member
	k := node.NewKey(bucket, key, c.bucketN(bucket))
	for _, p := range c.Layout.PreferenceList(k.Position, k.N) {
		out = append(out, c.Members[p.Node-1])
	}
	return out
}

func (c *Cluster) bucketN(bucket string) int { return c.Members[0].gossip.View().Bucket(bucket).N }

// Settle lets time pass until every member's belief in every other is the truth, and all that was under way
// has come to its end.
func (c *Cluster) Settle() { time.Sleep(c.DetectMax + 30*time.Second) }

// Detect lets just enough time pass for every member to believe the truth.
func (c *Cluster) Detect() { time.Sleep(c.DetectMax) }

// DeliverHints lets time pass until no process that runs keeps anything for another member, or a minute has
// passed. It says how many records are still kept.
func (c *Cluster) DeliverHints() (left int64) {
	for range 60 {
		left = 0
		for _, m := range c.Members {
			if s := m.Store(); s != nil {
				for _, h := range s.Stats().Hints {
					left += h.Count
				}
			}
		}
		if left == 0 {
			return 0
		}
		time.Sleep(time.Second)
	}
	return left
}

// observe lets every member learn, after a while, what it can reach now.
func (c *Cluster) observe() {
	c.Net.mu.Lock()
	all := c.Net.all()
	c.Net.mu.Unlock()
	for _, a := range all {
		for _, b := range c.Members {
			if a.ID != b.ID {
				to := c.Net.route(a, b.ID)
				a.gossip.observe(b.ID, to.isUp() && c.Net.joined(a, to) && c.Net.joined(to, a))
			}
		}
	}
}

// Clone starts a second process under the member's identity, on a copy of its disk as it is at this moment:
// a copied folder, or a virtual machine started twice. From each side of a partition the clone on that side
// is reached.
func (c *Cluster) Clone(m *Member) (*Member, error) {
	in, _ := c.Layout.Member(m.ID)
	clone := newMember(c, 16+m.index, in)
	clone.Name += "'"
	clone.disk = m.Disk().Clone()
	c.clones = append(c.clones, clone)
	c.Net.join(clone)
	return clone, clone.Start()
}
