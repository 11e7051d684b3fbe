package gossip

import (
	"net"
	"strconv"

	"github.com/hashicorp/memberlist"

	"github.com/kindreddb/kindred/ring"
)

// A rivalry is one node id that gossip heard of under two addresses. Mostly the node moved, and its former
// process is not known to be gone yet. If both live, they must meet, and the younger goes; a third node that
// hears of both tells the one that it knows where the other is.
type rivalry struct {
	id     ring.NodeID
	known  string // ip:port
	claims string // ip:port
}

// NotifyConflict is called when one id is claimed under two addresses.
func (d *delegate) NotifyConflict(existing, other *memberlist.Node) {
	g := d.g
	id, err := ring.ParseNodeID(existing.Name)
	switch {
	case err != nil:
		return
	case id == g.cfg.ID:
		g.seeker.visit(other.Address())
	case g.throttle.allow("rivalry " + existing.Name):
		g.seeker.rivalry(rivalry{id, existing.Address(), other.Address()})
	}
	g.nudge()
}

// tell lets the node that is known under the id meet the other one.
func (g *Gossip) tell(r rivalry) {
	host, digits, _ := net.SplitHostPort(r.known)
	port, _ := strconv.ParseUint(digits, 10, 16)
	n := &memberlist.Node{Name: r.id.String(), Addr: net.ParseIP(host), Port: uint16(port)}
	_ = g.list.SendReliable(n, appendString(g.message(messageRival), r.claims)) // who is gone need not hear it
}
