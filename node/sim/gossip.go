package sim

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// gossip is node.Cluster for one member: what it believes follows the truth after a delay of its own for each
// observer, observed member and change.
type gossip struct {
	member *Member
	view   atomic.Pointer[node.View]

	mu      sync.Mutex
	beliefs map[ring.NodeID]*belief
}

// belief is what one member holds of another.
type belief struct {
	truth, up bool
	changes   uint64
	coming    []change
}

// change is one that will be believed at an instant.
type change struct {
	at time.Time
	up bool
}

func newGossip(m *Member, layout []node.MemberInfo, l *ring.Layout) *gossip {
	g := &gossip{member: m, beliefs: map[ring.NodeID]*belief{}}
	g.view.Store(&node.View{
		ClusterID: 1, Layout: l, Members: layout, Buckets: map[string]node.BucketProps{},
		TokenKeys: []clock.TokenKey{{ID: 1, Secret: [32]byte{1}}},
	})
	for _, other := range layout {
		g.beliefs[other.ID] = &belief{truth: true, up: true}
	}
	return g
}

// View implements node.Cluster.
func (g *gossip) View() *node.View { return g.view.Load() }

// Reachable implements node.Cluster.
func (g *gossip) Reachable(id ring.NodeID) bool {
	if id == g.member.ID {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.beliefs[id]
	if b == nil {
		return false
	}
	for len(b.coming) > 0 && !time.Now().Before(b.coming[0].at) {
		b.up, b.coming = b.coming[0].up, b.coming[1:]
	}
	return b.up
}

// AdoptLayout implements node.Cluster; layouts do not change here.
func (g *gossip) AdoptLayout(*ring.Layout) {}

// SetBucket implements node.Cluster: every member that can be reached hears of it at once.
func (g *gossip) SetBucket(bucket string, p node.BucketProps) error {
	for _, m := range g.member.cluster.Members {
		if m == g.member || g.Reachable(m.ID) {
			m.gossip.take(bucket, p)
		}
	}
	return nil
}

// take merges the properties of a bucket: the later change wins.
func (g *gossip) take(bucket string, p node.BucketProps) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.view.Load()
	if have, ok := old.Buckets[bucket]; ok && have.Changed >= p.Changed {
		return
	}
	next := *old
	next.Buckets = maps.Clone(old.Buckets)
	next.Buckets[bucket] = p
	g.view.Store(&next)
}

// observe notes the truth; it is believed later. A truth that is over before it was believed is never
// believed, as a short break is never noticed.
func (g *gossip) observe(id ring.NodeID, up bool) {
	g.Reachable(id) // takes up what is due
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.beliefs[id]
	if b.truth == up {
		return
	}
	b.truth = up
	b.changes++
	c := g.member.cluster
	at := time.Now().Add(c.Seed.between(c.DetectMin, c.DetectMax, drawDetection, uint64(g.member.ID), uint64(id), b.changes))
	for len(b.coming) > 0 && b.coming[len(b.coming)-1].at.After(at) {
		b.coming = b.coming[:len(b.coming)-1]
	}
	b.coming = append(b.coming, change{at, up})
}
