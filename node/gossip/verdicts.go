package gossip

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// judge decides about a caller, after a look at a third node where one is needed.
func (g *Gossip) judge(caller profile) verdict {
	peers := g.roster.all()
	f := facts{self: g.profile(), layout: g.View().Layout, up: ups(peers), known: make(map[ring.NodeID]profile),
		young: time.Since(g.roster.started) < youth}
	for id, p := range peers {
		f.known[id] = p.profile
	}
	v := f.judge(caller)
	if v.kind != look {
		return v
	}
	if g.lives(v.suspect, caller) {
		return *v.alive
	}
	return *v.absent
}

// lives says whether another process than the caller's answers for the node at its last known address.
func (g *Gossip) lives(suspect, caller profile) bool {
	ctx, cancel := context.WithTimeout(g.ctx, lookTimeout)
	defer cancel()
	a, _, err := g.transport.greeter.call(ctx, suspect.at.Gossip, probe)
	return err == nil && a.from.id == suspect.id && a.from.nonce != caller.nonce
}

// visit calls at the address to be judged, and nothing else.
func (g *Gossip) visit(address string) {
	a, _, err := g.transport.greeter.call(g.ctx, address, visit)
	g.called(address, a, err)
}

// called takes what came of a call by this node.
func (g *Gossip) called(address string, a answer, err error) {
	var turned *RefusedError
	if errors.As(err, &turned) {
		g.turnedBack(turned)
		return
	}
	if err != nil {
		return // nobody is there, or not now
	}
	g.seeker.answered(address, a.from.id, a.kind == itself)
	switch a.kind {
	case welcome:
		g.contacted.Store(true)
	case refused:
		g.turnedBack(&RefusedError{a.reason, address, a.detail})
	case later:
		g.warn("later "+address, "a node takes this one in later", "address", address, "why", a.detail)
		if a.at != "" {
			g.seeker.visit(a.at)
		}
	case take:
		g.inherit(&TakeIdentityError{a.id, a.from.cluster, g.cfg.Name})
	}
}

// inherit ends this node's part under its present id. In the first round it waits for what the others say:
// one that reaches the member whose place is offered refuses this node, and that counts for more.
func (g *Gossip) inherit(take *TakeIdentityError) {
	g.heirTo.Store(take)
	if g.started.Load() {
		g.fail(take)
	}
}

// turnedBack ends this node's part where another refused it for its id or name, or where an address that it
// was told to join refuses it before anybody else took it in. Other refusals concern the address: what was
// a member's once may be somebody else's now.
func (g *Gossip) turnedBack(err *RefusedError) {
	g.counts.turnedAwayBy.Add(1)
	mine := err.Reason == IdentityInUse || err.Reason == NameInUse
	if mine || !g.contacted.Load() && g.seeker.configured(err.Address) {
		g.fail(err)
		return
	}
	g.warn("turned back by "+err.Address, "another node turned this one away", "address", err.Address, "why", err.Detail)
}

// arrived takes what came of a call at this node.
func (g *Gossip) arrived(from net.Addr, a arrival, err error) {
	var turned *RefusedError
	switch {
	case errors.As(err, &turned):
		g.counts.turnedAway.Add(1)
		g.warn("turned away "+turned.Reason.String(), "a node was turned away", "from", from.String(), "why", turned.Detail)
	case err != nil:
		g.counts.streamsDropped.Add(1)
	case a.yield != nil:
		g.fail(a.yield)
	case a.kind == refused:
		g.counts.turnedAway.Add(1)
		g.warn("turned away "+a.reason.String()+a.caller.member.Name, "a node was turned away", "name", a.caller.member.Name,
			"id", a.caller.id.String(), "from", from.String(), "why", a.detail)
	case a.kind == take:
		g.warn("heir "+a.caller.member.Name, "an empty node is told to take the place of a member that is away", "name", a.caller.member.Name,
			"id", a.id.String(), "from", from.String())
	}
}
