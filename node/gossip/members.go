package gossip

import (
	"cmp"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// forgetAfter is how long a node that is in no layout is remembered after it went away.
const forgetAfter = time.Hour

// peer is what is known of another node.
type peer struct {
	profile
	up    bool
	since time.Time // of the last change of up
	cause string    // why it is down
	// left is the nonce of the process that said it is stopping: what gossip still believes of it is old.
	left uint64
}

// roster holds all other nodes ever heard of. memberlist calls it with its own locks held, so it calls
// nobody.
type roster struct {
	started time.Time

	mu    sync.Mutex
	peers map[ring.NodeID]peer
}

const (
	causeUnheard = "was not heard of since this node started"
	causeSilent  = "does not answer"
	causeLeft    = "stopped in good order"
)

// remember adds a node that this one knew before it was started.
func (r *roster) remember(p profile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.peers[p.id]; !known {
		r.peers[p.id] = peer{profile: p, since: r.started, cause: causeUnheard}
	}
}

// alive notes that gossip believes the node to live. It says whether that is news: before it was down, or
// another process.
func (r *roster) alive(p profile) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.peers[p.id]
	if last.left == p.nonce && p.nonce != 0 {
		return false
	}
	next := peer{profile: p, up: true, since: last.since}
	if !last.up {
		next.since = time.Now()
	}
	r.peers[p.id] = next
	return !last.up || last.nonce != p.nonce
}

// gone notes that the node's process is not there any more; a nonce of 0 means whichever it was. left says
// that it said so itself.
func (r *roster) gone(id ring.NodeID, nonce uint64, left bool) (was profile, news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, known := r.peers[id]
	if !known || nonce != 0 && nonce != p.nonce {
		return profile{}, false
	}
	if left {
		p.left = p.nonce
	}
	if news = p.up; news {
		p.up, p.since, p.cause = false, time.Now(), causeSilent
		if left {
			p.cause = causeLeft
		}
	}
	r.peers[id] = p
	return p.profile, news
}

// because notes why a node that is away could not be reached.
func (r *roster) because(id ring.NodeID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, known := r.peers[id]; known && !p.up && p.left == 0 {
		p.cause = causeSilent + " (" + innermost(err).Error() + ")"
		r.peers[id] = p
	}
}

// innermost is what the operating system said, without the addresses around it.
func innermost(err error) error {
	var system syscall.Errno
	if errors.As(err, &system) {
		return system
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// all gives a copy of everything.
func (r *roster) all() map[ring.NodeID]peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.peers)
}

// forget drops the nodes that are in no layout and have been away for long.
func (r *roster) forget(layout *ring.Layout, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.peers, func(id ring.NodeID, p peer) bool {
		if layout != nil {
			if _, member := layout.Member(id); member {
				return false
			}
		}
		return !p.up && now.Sub(p.since) > forgetAfter
	})
}

// ups are the profiles of the nodes that are up.
func ups(peers map[ring.NodeID]peer) map[ring.NodeID]profile {
	up := make(map[ring.NodeID]profile)
	for id, p := range peers {
		if p.up {
			up[id] = p.profile
		}
	}
	return up
}

// memberInfos are this node, all that are known and the members of the layout that are not, ordered by id.
func memberInfos(self profile, started time.Time, peers map[ring.NodeID]peer, layout *ring.Layout) []node.MemberInfo {
	me := self.info()
	me.Up, me.Since = true, started
	all := map[ring.NodeID]node.MemberInfo{self.id: me}
	for id, p := range peers {
		m := p.info()
		m.Up, m.Since, m.Cause = p.up, p.since, p.cause
		all[id] = m
	}
	if layout != nil {
		for _, m := range layout.Members() {
			if _, known := all[m.ID]; !known {
				all[m.ID] = node.MemberInfo{ID: m.ID, Name: m.Name, Since: started, Cause: causeUnheard}
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b node.MemberInfo) int { return cmp.Compare(a.ID, b.ID) })
}
