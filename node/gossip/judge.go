package gossip

import (
	"fmt"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// kind is what a node answers to another that calls.
type kind uint8

// The numbers are part of the protocol; look never crosses the wire.
const (
	welcome kind = iota
	itself       // the caller is this very process
	refused      // the caller is to exit
	later        // the caller is to try again
	take         // the caller is to take over the identity of an absent member
	look         // first look whether somebody else is alive
)

// verdict is the answer to a caller.
type verdict struct {
	kind   kind
	reason Reason      // of refused
	id     ring.NodeID // of take
	detail string
	// at is where the caller finds the process that is to go in its place, with later; else empty.
	at string
	// yield says that it is this process that cannot stay, and why.
	yield *RefusedError
	// For look: whom to look for, and the answers where it is found and where not.
	suspect       profile
	alive, absent *verdict
}

// facts are what a node knows when it judges a caller.
type facts struct {
	self   profile
	layout *ring.Layout // nil before the birth
	// up are the nodes that gossip believes to be alive, this one excepted; known are those that were ever
	// heard of.
	up, known map[ring.NodeID]profile
	// young says that this process was started so recently that it may not have heard of all who live.
	young bool
}

// judge decides about a caller: two living processes never share an id or a name, and a cluster's nodes take
// in nobody of another. Protocol version and secret have been looked at before.
func (f facts) judge(p profile) verdict {
	switch {
	case p.nonce == f.self.nonce && p.id == f.self.id:
		return verdict{kind: itself}
	case p.cluster != 0 && f.self.cluster != 0 && p.cluster != f.self.cluster:
		return verdict{kind: refused, reason: OtherCluster, detail: fmt.Sprintf("it belongs to cluster %016x and %q to cluster %016x",
			f.self.cluster, p.member.Name, p.cluster)}
	case p.id == f.self.id:
		return f.either(p, IdentityInUse, fmt.Sprintf("two living processes have the node id %s: %s and %s", p.id, describe(f.self), describe(p)))
	}
	if other, ok := f.up[p.id]; ok && other.nonce != p.nonce && other.at.Gossip != p.at.Gossip {
		return f.unless(p, other, IdentityInUse, fmt.Sprintf("the node id %s belongs to a living process, %s", p.id, describe(other)),
			verdict{kind: later, detail: fmt.Sprintf("the former process of node %s, %s, is still believed to be alive", p.id, describe(other))})
	}
	return f.judgeName(p)
}

// judgeName decides whether the caller may have its name.
func (f facts) judgeName(p profile) verdict {
	name := p.member.Name
	if name == f.self.member.Name {
		return f.either(p, NameInUse, fmt.Sprintf("two living nodes are called %q: %s and %s", name, describe(f.self), describe(p)))
	}
	for _, other := range f.up {
		if other.member.Name == name && other.id != p.id {
			return f.unless(p, other, NameInUse, fmt.Sprintf("a living node is called %q: %s", name, describe(other)),
				verdict{kind: later, detail: fmt.Sprintf("the node that was called %q, %s, is still believed to be alive", name, describe(other))})
		}
	}
	if f.layout == nil {
		return verdict{kind: welcome}
	}
	for _, m := range f.layout.Members() {
		if _, up := f.up[m.ID]; m.Name == name && m.ID != p.id && m.ID != f.self.id && !up {
			return f.judgeHeir(p, m)
		}
	}
	return verdict{kind: welcome}
}

// judgeHeir decides about a caller that has the name of a member which is not up.
func (f facts) judgeHeir(p profile, m ring.Member) verdict {
	answer := verdict{kind: refused, reason: NameInUse,
		detail: fmt.Sprintf("%q is the name of the member %s, which is away; a node takes its place only with an empty data folder", m.Name, m.ID)}
	if p.fresh {
		answer = verdict{kind: take, id: m.ID, detail: fmt.Sprintf("%q is the name of the member %s, which is away", m.Name, m.ID)}
	}
	last, known := f.known[m.ID]
	if !known && f.young && p.fresh {
		return verdict{kind: later, detail: fmt.Sprintf("it is not known yet whether the member %q is alive", m.Name)}
	}
	if !known {
		return answer
	}
	return f.unless(p, last, NameInUse, fmt.Sprintf("a living node is called %q: %s", m.Name, describe(last)), answer)
}

// either decides between this process and the caller, who cannot both stay.
func (f facts) either(p profile, reason Reason, detail string) verdict {
	if f.self.before(p, f.layout) {
		return verdict{kind: refused, reason: reason, detail: detail}
	}
	return verdict{kind: later, detail: detail, yield: &RefusedError{Reason: reason, Address: p.at.Gossip, Detail: detail}}
}

// unless gives the answer if the other one is not found alive; else one of the two is to go. Where that is
// not the caller, it is sent there to say so.
func (f facts) unless(p, other profile, reason Reason, detail string, answer verdict) verdict {
	alive := verdict{kind: refused, reason: reason, detail: detail}
	if p.before(other, f.layout) {
		alive = verdict{kind: later, detail: detail, at: other.at.Gossip}
	}
	return verdict{kind: look, suspect: other, alive: &alive, absent: &answer}
}

func describe(p profile) string {
	if p.started == 0 {
		return fmt.Sprintf("%q at %s", p.member.Name, p.at.Gossip)
	}
	return fmt.Sprintf("%q at %s, started %s", p.member.Name, p.at.Gossip, time.UnixMilli(p.started).UTC().Format(time.RFC3339))
}
