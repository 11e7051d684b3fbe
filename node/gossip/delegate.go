package gossip

import (
	"fmt"

	"github.com/hashicorp/memberlist"

	"github.com/kindreddb/kindred/ring"
)

// delegate is what memberlist calls. It holds its own locks while it tells of nodes, so nothing here calls
// it back.
type delegate struct{ g *Gossip }

// NodeMeta is what memberlist tells others of this node.
func (d *delegate) NodeMeta(int) []byte { return d.g.profile().append(nil) }

// NotifyMsg takes a short message of another node.
func (d *delegate) NotifyMsg(b []byte) { d.g.heard(b) }

// GetBroadcasts gives the short messages that are to go out.
func (d *delegate) GetBroadcasts(overhead, limit int) [][]byte {
	return d.g.spread.queue.GetBroadcasts(overhead, limit)
}

// LocalState is what a push and pull tells the other side: what is on disk here, and nothing else.
func (d *delegate) LocalState(bool) []byte { return d.g.state().Encode() }

// MergeRemoteState takes what the other side knows.
func (d *delegate) MergeRemoteState(b []byte, _ bool) { d.g.merge(b) }

// merge takes another node's state into this one's.
func (g *Gossip) merge(b []byte) {
	theirs, err := DecodeState(b)
	if err != nil {
		g.counts.statesRefused.Add(1)
		g.warn("malformed state", "a node sent a state that cannot be read", "err", err)
		return
	}
	merged := false
	err = g.change(func(s State) (State, error) {
		if err := s.accepts(g.cfg.ID, theirs); err != nil {
			g.counts.statesRefused.Add(1)
			return s, err
		}
		next := s.Merge(theirs)
		merged = !next.Equal(s)
		return next, nil
	})
	if err != nil {
		g.warn("state", "what another node knows of the cluster was not taken up", "err", err)
		return
	}
	g.spread.merged(theirs.Hash())
	if merged {
		g.counts.statesMerged.Add(1)
	}
}

// NotifyAlive refuses nodes that cannot belong here, wherever they were heard of. What is said of this node
// itself is memberlist's to refute.
func (d *delegate) NotifyAlive(n *memberlist.Node) error {
	g := d.g
	if n.Name == g.cfg.ID.String() {
		return nil
	}
	p, err := profileOf(n)
	if err == nil {
		err = g.fits(p)
	}
	if err != nil {
		g.counts.profilesRefused.Add(1)
	}
	return err
}

// fits says whether a node that gossip told of may be one of this node's cluster: nil, or why not.
func (g *Gossip) fits(p profile) error {
	self := g.profile()
	if p.newest < self.oldest || p.oldest > self.newest {
		return fmt.Errorf("it speaks the protocol versions %d to %d and this node %d to %d", p.oldest, p.newest, self.oldest, self.newest)
	}
	if p.cluster != 0 && self.cluster != 0 && p.cluster != self.cluster {
		return fmt.Errorf("it belongs to cluster %016x and this node to %016x", p.cluster, self.cluster)
	}
	return nil
}

func profileOf(n *memberlist.Node) (profile, error) {
	p, err := decodeProfile(n.Meta)
	if err == nil && p.id.String() != n.Name {
		err = fmt.Errorf("%w profile: node %s says that it is %s", ErrMalformed, n.Name, p.id)
	}
	return p, err
}

// NotifyJoin is called for a node that is alive and was not.
func (d *delegate) NotifyJoin(n *memberlist.Node) { d.NotifyUpdate(n) }

// NotifyUpdate is called for a node that says something else of itself than before.
func (d *delegate) NotifyUpdate(n *memberlist.Node) {
	g := d.g
	p, err := profileOf(n)
	if err != nil || p.id == g.cfg.ID {
		return
	}
	if g.roster.alive(p) {
		g.log.Info("a node is up", "name", p.member.Name, "id", p.id.String(), "gossip", p.at.Gossip, "version", p.version)
	}
	if p.member.Name == g.cfg.Name {
		g.seeker.visit(p.at.Gossip) // one of the two is to go: whoever that is learns it there
	}
	g.nudge()
}

// NotifyLeave is called for a node that left or died.
func (d *delegate) NotifyLeave(n *memberlist.Node) {
	g := d.g
	id, err := ring.ParseNodeID(n.Name)
	if err != nil || id == g.cfg.ID {
		return
	}
	if was, news := g.roster.gone(id, 0, false); news {
		g.log.Warn("a node is down", "name", was.member.Name, "id", id.String(), "cause", causeSilent)
	}
	g.spread.compare(ups(g.roster.all()))
	g.nudge()
}
