package node

import (
	"context"
	"fmt"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// How long a starting node waits for the others' word on its actors before it takes writes without it, under
// fresh actors; and how often it asks again.
const (
	confirmAtMost = 3 * time.Second
	confirmAgain  = 100 * time.Millisecond
	confirmSlowly = 5 * time.Second
)

// confirmActors asks all other members for the highest number that they ever saw of each actor that this
// folder used before its last stop. Only an actor of which nobody saw more than the folder itself holds may
// go on: a folder that was restored or copied has forgotten what others remember. A write that does not wait
// for this draws a fresh actor in its range, so that nothing but a few bytes of clock is lost.
func (n *Node) confirmActors(ctx context.Context) {
	deadline := time.Now().Add(confirmAtMost)
	wait := confirmAgain
	for {
		if n.tryConfirm(ctx) {
			n.confirmed.Store(true)
			return
		}
		if !time.Now().Before(deadline) {
			n.confirmed.Store(true)
			wait = confirmSlowly
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// tryConfirm says whether nothing is left to ask about.
func (n *Node) tryConfirm(ctx context.Context) bool {
	claims := n.Store.Claims()
	if len(claims) == 0 {
		return true
	}
	v := n.View()
	if v.Layout == nil {
		return false
	}
	good := make([]bool, len(claims))
	for i := range good {
		good[i] = true
	}
	for _, m := range v.Layout.Members() {
		if m.ID == n.ID {
			continue
		}
		highest, err := n.seenBy(ctx, m.ID, claims)
		if err != nil {
			n.Log.Debug("a member could not be asked about this node's actors", "node", m.Name, "err", err)
			return false
		}
		for i, h := range highest {
			good[i] = good[i] && h <= claims[i].Last
		}
	}
	var confirmed []ActorClaim
	for i, c := range claims {
		if good[i] {
			confirmed = append(confirmed, c)
			continue
		}
		n.counters.ActorsRetired.Add(1)
		n.Log.Warn("others saw more of an actor than this folder holds: the folder went back in time; a fresh actor is drawn",
			"actor", c.Actor, "partition", c.Range.Partition)
	}
	if err := n.Store.Confirm(confirmed); err != nil {
		n.Log.Error("actors could not be confirmed", "err", err)
		return false
	}
	return true
}

func (n *Node) seenBy(ctx context.Context, id ring.NodeID, claims []ActorClaim) ([]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	m, err := n.Peers.Call(ctx, id, Frame{Step: n.step(), Body: &SeenRequest{Claims: claims}})
	if err != nil {
		return nil, err
	}
	if reply, ok := m.(*SeenReply); ok && len(reply.Highest) == len(claims) {
		return reply.Highest, nil
	}
	return nil, fmt.Errorf("unexpected answer %T", m)
}

// handleSeen answers a member that starts.
func (n *Node) handleSeen(from ring.NodeID, m *SeenRequest) Message {
	reply := &SeenReply{Highest: make([]uint64, len(m.Claims))}
	for i, c := range m.Claims {
		h, err := n.Store.HighestSeen(c.Range, c.Actor)
		if err != nil {
			return n.refuse(from, err)
		}
		reply.Highest[i] = h
	}
	return reply
}
