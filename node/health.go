package node

import (
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// health remembers which nodes failed to answer a moment ago, so that a failure which is known already costs
// the next operation nothing. Gossip takes longer to find out, and knows nothing of slow disks.
type health struct {
	forgetAfter time.Duration
	mu          sync.Mutex
	failed      map[ring.NodeID]time.Time
}

func newHealth(forgetAfter time.Duration) *health {
	return &health{forgetAfter: forgetAfter, failed: map[ring.NodeID]time.Time{}}
}

// suspect says whether the node failed within the last moment. To ask changes nothing: many look at a node
// that they do not go on to call.
func (h *health) suspect(id ring.NodeID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, failed := h.failed[id]
	return failed && time.Since(at) <= h.forgetAfter
}

// trying notes that a call to the node begins. The first after the moment is over finds out for all: the
// others wait another one for what it finds.
func (h *health) trying(id ring.NodeID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at, failed := h.failed[id]; failed && time.Since(at) > h.forgetAfter {
		h.failed[id] = time.Now()
	}
}

// heard notes whether the node answered.
func (h *health) heard(id ring.NodeID, answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if answered {
		delete(h.failed, id)
	} else {
		h.failed[id] = time.Now()
	}
}
