package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/kindreddb/kindred/node"
)

const (
	// youth is how long a process may not have heard of all who live.
	youth = 5 * time.Second
	// firstRound bounds what Start waits for the first answers of others.
	firstRound = 2 * time.Second
)

// Gossip is one node's part in the gossip of its cluster. It implements node.Cluster. All methods may be
// called concurrently.
type Gossip struct {
	cfg      Config
	keys     keys
	log      *slog.Logger
	counts   counters
	throttle throttle

	transport *transport
	list      *memberlist.Memberlist
	roster    roster
	board     board
	spread    spread
	seeker    seeker

	self      atomic.Pointer[profile] // what the node says of itself now
	saved     atomic.Pointer[State]   // what is on disk, and told to others
	changing  sync.Mutex              // held from the reading of saved to its replacement, and to use the disk
	contacted atomic.Bool             // another node has welcomed this one
	started   atomic.Bool             // the first round of calls is over
	heirTo    atomic.Pointer[TakeIdentityError]

	looking struct {
		sync.Mutex
		why   string // no birth was published, as it was logged last
		peers string // as they were saved last
	}

	wake    chan struct{} // for tend
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	end struct {
		sync.Once
		err  error
		done chan struct{}
	}
}

var _ node.Cluster = (*Gossip)(nil)

// Start opens the gossip of this node: it listens, reads what an earlier run saved, and calls at the nodes
// to join once, for two seconds at most; after that it calls again in the background for ever. ctx bounds the
// start alone. Errors: *RefusedError and *TakeIdentityError say what the process is to do; else the
// configuration, the address or the disk is at fault. Close ends what Start began.
func Start(ctx context.Context, cfg Config) (*Gossip, error) {
	g, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	if err := g.open(); err != nil {
		g.Close()
		return nil, err
	}
	g.running.Go(g.closeList)
	g.running.Go(g.tend)
	g.running.Go(g.pull)
	round, cancel := context.WithTimeout(ctx, firstRound)
	defer cancel()
	g.seekOnce(round)
	g.started.Store(true)
	if take := g.heirTo.Load(); take != nil && g.Err() == nil {
		g.fail(take)
	}
	g.running.Go(g.seek)
	g.look()
	err = g.Err()
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("gossip: the start was broken off: %w", ctx.Err())
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// Address is the host:port under which others reach this node's gossip.
func (g *Gossip) Address() string { return g.profile().at.Gossip }

func (g *Gossip) profile() profile { return *g.self.Load() }
func (g *Gossip) state() State     { return *g.saved.Load() }

// nudge makes tend look again.
func (g *Gossip) nudge() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// Done is closed when this node can take part no longer: it was turned away, or closed. Err says why.
func (g *Gossip) Done() <-chan struct{} { return g.ctx.Done() }

// Err is nil while this node takes part and after Close; else a *RefusedError or *TakeIdentityError, after
// which the process is to exit.
func (g *Gossip) Err() error {
	select {
	case <-g.end.done:
		return g.end.err
	default:
		return nil
	}
}

// fail ends this node's part for good.
func (g *Gossip) fail(err error) {
	g.end.Do(func() {
		if take := new(TakeIdentityError); errors.As(err, &take) {
			g.log.Info("this node may take over the identity of a member that is away", "member", take.Name, "id", take.ID.String())
		} else {
			g.log.Error("this node cannot stay in the cluster", "err", err)
		}
		g.end.err = err
		close(g.end.done)
		g.cancel()
	})
}

// Leave tells the others that this node is stopping, so that they need not find out, and waits for that at
// most that long. Only Close may follow.
func (g *Gossip) Leave(timeout time.Duration) error {
	if g.ctx.Err() != nil {
		return nil // it has left already, in whatever way
	}
	deadline := time.Now().Add(timeout)
	g.farewell(deadline)
	if err := g.list.Leave(max(time.Millisecond, time.Until(deadline))); err != nil {
		return fmt.Errorf("gossip: not everybody may have heard that this node is stopping: %w", err)
	}
	return nil
}

// Close ends all at once, without a word to the others, and returns when nothing runs any more. It may be
// called again.
func (g *Gossip) Close() {
	g.end.Do(func() { close(g.end.done) })
	g.cancel()
	g.running.Wait()
}

// closeList closes the sockets once this node's part has ended.
func (g *Gossip) closeList() {
	<-g.ctx.Done()
	_ = g.list.Shutdown()
}
