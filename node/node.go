package node

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// Node is one member of a cluster: it coordinates requests and stands as a replica for others. All methods
// may be called concurrently.
type Node struct {
	Config
	health   *health
	latency  latencies
	hedges   hedgeBudget
	counters Counters
	binds    binds

	clients    chan struct{} // one token for each client operation under way
	background work          // writes, with what goes on behind their answers
	repairs    work          // what reads found stale
	repairing  repairing
	confirmed  atomic.Bool // actors of an earlier run were asked about
	draining   atomic.Bool
}

// New makes a node; Run starts what it does by itself.
func New(c Config) (*Node, error) {
	c.setDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	n := &Node{
		Config:  c,
		health:  newHealth(c.SuspectFor),
		clients: make(chan struct{}, c.ClientOperationsMax),
	}
	n.binds.of = map[string]bind{}
	n.background.start(c.BackgroundMax)
	n.repairs.start(c.RepairsMax)
	n.repairing.start(c.RepairBytesPerSecond)
	return n, nil
}

// stopGrace is how long a node that stops waits for the replicas beyond w of its last writes.
const stopGrace = 2 * time.Second

// Run does what a node does unasked, until ctx ends and all work behind answers is done.
func (n *Node) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { n.confirmActors(ctx) })
	if !n.NoHandoff {
		loops.Go(func() { n.handOff(ctx) })
	}
	if n.comparesCopies() {
		loops.Go(func() { n.runAntiEntropy(ctx) })
	}
	<-ctx.Done()
	loops.Wait()
	n.repairs.stop(0)
	n.background.stop(stopGrace)
}

// Drain makes the node refuse new client operations, so that what is under way can end.
func (n *Node) Drain() { n.draining.Store(true) }

// Ready says why the node cannot coordinate yet, or any more; nil when it can.
func (n *Node) Ready() error {
	switch {
	case n.draining.Load():
		return &Error{Code: CodeDraining, Effect: NotApplied, Detail: "this node is shutting down; ask another one"}
	case n.Cluster.View().Layout == nil:
		return errNoLayout()
	case !n.confirmed.Load():
		return &Error{Code: CodeNotReady, Effect: NotApplied, Detail: "this node is starting: it asks the others what they saw of its earlier writes"}
	}
	return nil
}

func errNoLayout() error {
	return &Error{Code: CodeNotReady, Effect: NotApplied,
		Detail: "this node belongs to no cluster yet: it waits for others, see --join and --bootstrap-expect"}
}

// outdated says whether a newer layout has come up since the operation was resolved.
func (n *Node) outdated(op *operation) bool {
	l := n.View().Layout
	return l != nil && l.Number() > op.layout.Number()
}

// View is the cluster as this node sees it.
func (n *Node) View() *View { return n.Cluster.View() }

// admit lets one client operation in, or says why not; leave ends it.
func (n *Node) admit() (leave func(), err error) {
	if err := n.Ready(); err != nil {
		return nil, err
	}
	select {
	case n.clients <- struct{}{}:
		return func() { <-n.clients }, nil
	default:
		n.counters.Overloaded.Add(1)
		return nil, &Error{Code: CodeOverloaded, Effect: NotApplied,
			Detail: fmt.Sprintf("%d operations are under way at this node; try again shortly, or at another node", cap(n.clients))}
	}
}

// alive says whether gossip believes in the node, reachable whether a call to it is moreover worth a try at
// once. A node that only seems to fail is passed over while others can do, and asked when they cannot.
func (n *Node) alive(id ring.NodeID) bool { return id == n.ID || n.Cluster.Reachable(id) }

func (n *Node) reachable(id ring.NodeID) bool {
	return id == n.ID || n.Cluster.Reachable(id) && !n.health.suspect(id)
}

// work is what goes on behind answers: bounded in number, cut off when the node stops.
type work struct {
	ctx    context.Context
	cancel context.CancelFunc
	tokens chan struct{}
	group  sync.WaitGroup
	mu     sync.Mutex
	closed bool
}

func (w *work) start(max int) {
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.tokens = make(chan struct{}, max)
}

// run starts f on a goroutine of its own, unless the bound is reached or the node has stopped. The context
// that f gets ends with the node.
func (w *work) run(f func(context.Context)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	select {
	case w.tokens <- struct{}{}:
	default:
		return false
	}
	w.group.Go(func() {
		defer func() { <-w.tokens }()
		f(w.ctx)
	})
	return true
}

// stop lets what runs end, for as long as grace, then cuts it off and waits for its end.
func (w *work) stop(grace time.Duration) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	if grace > 0 {
		cut := time.AfterFunc(grace, w.cancel)
		defer cut.Stop()
	} else {
		w.cancel() // no timer of no length: under virtual time and the race detector Go 1.26.8 crashes on it
	}
	w.group.Wait()
	w.cancel()
}
