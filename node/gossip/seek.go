package gossip

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

const (
	seekTick      = 50 * time.Millisecond
	resolveWithin = 2 * time.Second
)

// seek calls at whoever is wanted until the end.
func (g *Gossip) seek() {
	ticker := time.NewTicker(seekTick)
	defer ticker.Stop()
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-ticker.C:
			g.begin(g.ctx)
		}
	}
}

// seekOnce calls at everybody once and waits for what comes of it, or for the end of ctx.
func (g *Gossip) seekOnce(ctx context.Context) {
	all := make(chan struct{})
	calls := g.begin(ctx)
	go func() { calls.Wait(); close(all) }()
	select {
	case <-all:
	case <-ctx.Done():
	case <-g.ctx.Done():
	}
}

// begin starts the calls that are due.
func (g *Gossip) begin(ctx context.Context) *sync.WaitGroup {
	away := make(map[string]ring.NodeID)
	for id, p := range g.roster.all() {
		if !p.up && p.at.Gossip != "" {
			away[p.at.Gossip] = id
		}
	}
	var begun sync.WaitGroup
	run := func(f func()) {
		begun.Add(1)
		g.running.Go(func() {
			defer begun.Done()
			select {
			case g.seeker.slots <- struct{}{}:
				f()
				<-g.seeker.slots
			case <-g.ctx.Done():
			}
		})
	}
	for _, c := range g.seeker.due(away, time.Now()) {
		run(func() { g.seeker.called(c.address, g.callAt(ctx, c)) })
	}
	visits, rivals := g.seeker.asked()
	for _, a := range visits {
		run(func() { g.visit(a) })
	}
	for _, r := range rivals {
		run(func() { g.tell(r) })
	}
	return &begun
}

// callAt joins who is wanted at the address, and says whether there is nobody left there to join.
func (g *Gossip) callAt(ctx context.Context, c call) bool {
	defer g.nudge()
	ctx, cancel := context.WithTimeout(ctx, resolveWithin)
	defer cancel()
	places, err := lookUp(ctx, c.address)
	if err != nil {
		g.warn("resolve "+c.address, "the address of a node is unknown; it is tried again", "address", c.address, "err", err)
		return false
	}
	g.seeker.resolved(c.address, places)
	up := ups(g.roster.all())
	reached := true
	for _, place := range places {
		if !g.seeker.skip(place, up) && g.ctx.Err() == nil {
			reached = g.join(place, c.id) && reached
		}
	}
	return reached
}

// join exchanges states with the node at the ip:port. Where a certain one is to be there, another that has
// the address now is left alone: it may be waiting for a cluster of its own.
func (g *Gossip) join(place string, id ring.NodeID) bool {
	if id != 0 {
		a, _, err := g.transport.greeter.call(g.ctx, place, probe)
		if err == nil && a.from.id != id {
			err = errors.New("another node has its address now")
		}
		if err != nil {
			g.roster.because(id, err)
			return false
		}
	}
	_, err := g.list.Join([]string{place})
	return err == nil
}

// lookUp gives the ip:ports that an address stands for.
func lookUp(ctx context.Context, address string) ([]string, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	places := make([]string, len(ips))
	for i, ip := range ips {
		places[i] = net.JoinHostPort(ip.Unmap().String(), strconv.Itoa(int(port)))
	}
	return places, nil
}
