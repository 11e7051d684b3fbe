package gossip

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// board shows the present view. Reading it costs one atomic load.
type board struct {
	now atomic.Pointer[shown]

	mu      sync.Mutex // held while a view is made and shown
	changed chan struct{}
}

// shown is one view and what goes with it.
type shown struct {
	view *node.View
	up   map[ring.NodeID]bool
}

// View is the present state: immutable, never nil. It may be called concurrently.
func (g *Gossip) View() *node.View { return g.board.now.Load().view }

// Reachable says whether gossip believes the node to be alive; this node always is. It may be called
// concurrently.
func (g *Gossip) Reachable(id ring.NodeID) bool { return id == g.cfg.ID || g.board.now.Load().up[id] }

// Ready says whether the cluster's birth and layout are known, sealed and on disk. It may be called
// concurrently.
func (g *Gossip) Ready() bool { return g.View().Layout != nil }

// Changed gives a channel that is closed when the view has changed from the one that View now gives or from
// a later one: take the channel first, look at the view, then wait. It may be called concurrently.
func (g *Gossip) Changed() <-chan struct{} {
	g.board.mu.Lock()
	defer g.board.mu.Unlock()
	return g.board.changed
}

// publish shows what is known now, if it differs from what is shown.
func (g *Gossip) publish() {
	b := &g.board
	b.mu.Lock()
	defer b.mu.Unlock()
	s := g.state()
	peers := g.roster.all()
	next := &shown{view: &node.View{}, up: make(map[ring.NodeID]bool)}
	if birth, ok := s.Cluster(); ok {
		next.view.ClusterID, next.view.Layout = birth.Cluster, s.Layout()
		next.view.TokenKeys, next.view.TreeKey = birth.TokenKeys, birth.TreeKey
	}
	next.view.Buckets = s.Buckets()
	next.view.Members = memberInfos(g.profile(), g.roster.started, peers, next.view.Layout)
	for id := range ups(peers) {
		next.up[id] = true
	}
	last := b.now.Load()
	if last != nil {
		if l := last.view.Layout; l != nil && next.view.Layout != nil && l.Hash() == next.view.Layout.Hash() {
			next.view.Layout = l // with the preference lists that it has computed
		}
		if same(last.view, next.view) {
			return
		}
	}
	b.now.Store(next)
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = make(chan struct{})
}

// same compares what can change of a view: the keys never do.
func same(a, b *node.View) bool {
	return a.ClusterID == b.ClusterID && a.Layout == b.Layout && slices.Equal(a.Members, b.Members) && maps.Equal(a.Buckets, b.Buckets)
}
