package gossip

import (
	"context"
	"errors"
	"maps"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

const (
	seekTick      = 50 * time.Millisecond
	seekDelayMin  = 100 * time.Millisecond
	seekDelayMax  = 2 * time.Second
	seeksMax      = 16 // at one time
	resolveWithin = 2 * time.Second
	answersMax    = 4096
)

// seeker knows whom to call at: the addresses that were configured, those of nodes that are away, and those
// that are to be visited because somebody there claims this node's id or name.
type seeker struct {
	mu      sync.Mutex
	join    map[string][]string // configured: what each address stood for when it was resolved last
	targets map[string]*target
	visits  map[string]bool
	answers map[string]ring.NodeID // who answered at an ip:port last
	own     map[string]bool        // the ip:ports where this process answered
	slots   chan struct{}
}

// target is the state of one address that is called until the node there is up.
type target struct {
	busy  bool
	delay time.Duration
	next  time.Time
}

func (s *seeker) init(join []string) {
	s.join, s.targets, s.visits = make(map[string][]string), make(map[string]*target), make(map[string]bool)
	s.answers, s.own = make(map[string]ring.NodeID), make(map[string]bool)
	s.slots = make(chan struct{}, seeksMax)
	for _, a := range join {
		s.join[a] = nil
	}
}

// alone says whether there is nobody to join: no address, or this node's own only.
func (s *seeker) alone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, places := range s.join {
		if len(places) == 0 {
			return false
		}
		for _, p := range places {
			if !s.own[p] {
				return false
			}
		}
	}
	return true
}

// configured says whether the ip:port is one of those to join.
func (s *seeker) configured(place string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, places := range s.join {
		for _, p := range places {
			if p == place {
				return true
			}
		}
	}
	return false
}

// visit asks for one call at the address.
func (s *seeker) visit(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.visits) < ring.MembersMax {
		s.visits[address] = true
	}
}

// answered notes who answered at an ip:port; own says that it was this process.
func (s *seeker) answered(place string, id ring.NodeID, own bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) >= answersMax {
		clear(s.answers)
	}
	s.answers[place] = id
	if own {
		s.own[place] = true
	}
}

// skip says whether there is no need to call at the ip:port.
func (s *seeker) skip(place string, up map[ring.NodeID]profile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := up[s.answers[place]]
	return known || s.own[place]
}

// call is an address whose time has come, and the node that is to be there; 0 where anybody will do.
type call struct {
	address string
	id      ring.NodeID
}

// due takes the calls whose time has come. Addresses that are wanted no longer are forgotten.
func (s *seeker) due(away map[string]ring.NodeID, now time.Time) (calls []call, visits []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := maps.Clone(away)
	for a := range s.join {
		wanted[a] = 0
	}
	for a, id := range wanted {
		t := s.targets[a]
		if t == nil {
			t = &target{}
			s.targets[a] = t
		}
		if !t.busy && !now.Before(t.next) {
			t.busy = true
			calls = append(calls, call{a, id})
		}
	}
	for a, t := range s.targets {
		if _, ok := wanted[a]; !ok && !t.busy {
			delete(s.targets, a)
		}
	}
	for a := range s.visits {
		visits = append(visits, a)
	}
	clear(s.visits)
	return calls, visits
}

// called sets when the address is called next: soon after a success too, for then the node there is up and
// is skipped until it is not.
func (s *seeker) called(address string, reached bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.targets[address]
	if t == nil {
		return
	}
	t.busy = false
	if reached {
		t.delay = 0
	}
	t.delay = min(max(2*t.delay, seekDelayMin), seekDelayMax)
	t.next = time.Now().Add(t.delay)
}

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
	calls, visits := g.seeker.due(away, time.Now())
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
	for _, c := range calls {
		run(func() { g.seeker.called(c.address, g.callAt(ctx, c)) })
	}
	for _, a := range visits {
		run(func() { g.visit(a) })
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

// resolved notes what a configured address stands for.
func (s *seeker) resolved(address string, places []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.join[address]; ok {
		s.join[address] = places
	}
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
