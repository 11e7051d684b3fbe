package gossip

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

const (
	seekDelayMin = 100 * time.Millisecond
	seekDelayMax = 2 * time.Second
	seeksMax     = 16 // at one time
	answersMax   = 4096
)

// seeker knows whom to call at: the addresses that were configured, those of nodes that are away, and those
// that are to be visited because somebody there claims this node's id or name.
type seeker struct {
	mu      sync.Mutex
	join    map[string][]string // configured: what each address stood for when it was resolved last
	targets map[string]*target
	visits  map[string]bool
	rivals  map[ring.NodeID]rivalry // of which one side is to be told
	answers map[string]ring.NodeID  // who answered at an ip:port last
	own     map[string]bool         // the ip:ports where this process answered
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
	s.rivals = make(map[ring.NodeID]rivalry)
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

// rivalry asks for one side to be told.
func (s *seeker) rivalry(r rivalry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rivals) < ring.MembersMax {
		s.rivals[r.id] = r
	}
}

// asked takes the visits and rivalries that were asked for.
func (s *seeker) asked() (visits []string, rivals []rivalry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	visits, rivals = slices.Collect(maps.Keys(s.visits)), slices.Collect(maps.Values(s.rivals))
	clear(s.visits)
	clear(s.rivals)
	return visits, rivals
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
func (s *seeker) due(away map[string]ring.NodeID, now time.Time) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []call
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
	return calls
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

// resolved notes what a configured address stands for.
func (s *seeker) resolved(address string, places []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.join[address]; ok {
		s.join[address] = places
	}
}
