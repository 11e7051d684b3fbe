package gossip

import (
	"fmt"
	"time"

	"github.com/kindreddb/kindred/ring"
)

const tendEvery = 250 * time.Millisecond

// tend looks after what this node says of itself, the cluster's birth and what is remembered, whenever
// something changed and a few times a second.
func (g *Gossip) tend() {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-g.wake:
		case <-ticker.C:
		}
		g.look()
	}
}

// look is one pass of tend.
func (g *Gossip) look() {
	g.looking.Lock()
	defer g.looking.Unlock()
	up := ups(g.roster.all())
	birth, served := g.state().Cluster()
	self := g.profile()
	self.expect = g.expects()
	if served {
		self.cluster, self.expect, self.fresh = birth.Cluster, 0, false
	}
	starters := []starter{self.starter()}
	for _, p := range up {
		starters = append(starters, p.starter())
	}
	self.sees = seen(waiting(starters))
	starters[0].sees = self.sees
	if self != g.profile() {
		g.self.Store(&self)
		_ = g.list.UpdateNode(time.Millisecond) // it is queued; waiting for it to be sent would hold tend up
	}
	if !served {
		g.tryBirth(starters)
	}
	g.remember()
	g.publish()
}

// expects is how many nodes this one waits for now. One that waits for itself alone and was told to join
// others takes part in no birth, unless every address to join turned out to be its own.
func (g *Gossip) expects() int {
	if g.cfg.BootstrapExpect == 1 && !g.seeker.alone() {
		return 0
	}
	return g.cfg.BootstrapExpect
}

// tryBirth publishes a cluster's birth if it is this node that may, and says what is waited for if not. The
// first starter is this node.
func (g *Gossip) tryBirth(starters []starter) {
	s := g.state()
	why, hopeless := "this node only joins: it waits for a node of a cluster to answer", false
	switch {
	case len(s.births) > 0:
		why = waitsForSeal(s, g.cfg.ID)
	case starters[0].expect > 0:
		var publish bool
		if publish, why, hopeless = mayPublish(starters); publish {
			g.publishBirth(waiting(starters))
			return
		}
	}
	if why != "" && why != g.looking.why {
		g.looking.why = why
		if hopeless {
			g.log.Warn("no cluster can be born", "why", why)
		} else {
			g.log.Info("waiting for a cluster", "why", why)
		}
	}
}

// waitsForSeal says who has not confirmed yet; "" where all have, and the birth is sealed with the next look.
func waitsForSeal(s State, self ring.NodeID) string {
	b, followed := s.followed(self)
	if !followed {
		return "a cluster is being born without this node"
	}
	silent := s.silent(b.Layout, b.hash)
	if len(silent) == 0 {
		return ""
	}
	return fmt.Sprintf("all %d nodes are to confirm the cluster's birth; still to come: %s (one whose folder is gone never will: then empty the folders of the others, which hold nothing yet, and start again)",
		len(b.Layout.Members()), listNames(silent))
}

func listNames(members []ring.Member) string {
	all := make([]starter, len(members))
	for i, m := range members {
		all[i].member = m
	}
	return names(all)
}

func (g *Gossip) publishBirth(w []starter) {
	members := make([]ring.Member, len(w))
	for i, s := range w {
		members[i] = s.member
	}
	err := g.change(func(s State) (State, error) {
		if len(s.births) > 0 {
			return s, nil // one was heard of in this moment
		}
		b, err := newBirth(g.cfg.Rand, members, g.cfg.Partitions, g.cfg.N)
		if err != nil {
			return s, err
		}
		return s.Merge(State{births: []Birth{b}}), nil
	})
	if err != nil && g.throttle.allow("birth") {
		g.log.Error("the cluster's birth failed; it is tried again", "err", err)
	}
}

// remember forgets the nodes that are nobody's any more and saves where the others are, if that changed.
func (g *Gossip) remember() {
	g.roster.forget(g.state().Layout(), time.Now())
	encoded := encodePeers(g.roster.all())
	if string(encoded) == g.looking.peers {
		return
	}
	g.changing.Lock()
	defer g.changing.Unlock()
	if err := g.cfg.Disk.SaveState(savedPeers, encoded); err != nil {
		g.warn("peers", "the addresses of other nodes could not be saved", "err", err)
		return
	}
	g.looking.peers = string(encoded)
}
