package sim

import (
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Weather is what the network does to messages. The zero Weather delivers each once, within DelayMin.
type Weather struct {
	// DelayMin and DelayMax bound a message's way in one direction. Because each message draws its own,
	// they overtake one another.
	DelayMin, DelayMax time.Duration
	// Slow is the share of messages that take up to SlowMax: a frame stuck in a buffer.
	Slow    float64
	SlowMax time.Duration
	// Loss is the share of messages, requests and replies alike, that never arrive. The caller waits until
	// its deadline.
	Loss float64
	// Duplicate is the share of merges that arrive twice. Only merges may be repeated by those who move
	// data; a network never repeats a forwarded write.
	Duplicate float64
}

// Network carries the messages of a cluster. All methods may be called concurrently.
type Network struct {
	seed     Seed
	instants instants
	trace    Trace
	flights  sync.WaitGroup // messages under way
	ended    chan struct{}  // closed by Cluster.Close

	mu      sync.Mutex
	members map[ring.NodeID][]*Member // more than one: clones of one identity
	weather Weather
	cut     map[link]bool
	seen    map[uint64]sighting
	rule    func(Envelope) Fate
	changed func() // told after each change of what can reach what
}

// link is a directed connection.
type link struct{ from, to *Member }

// Envelope is a message under way, as a rule sees it. The message must not be changed.
type Envelope struct {
	From, To ring.NodeID
	Body     node.Message
}

// Fate is what a rule makes of a message.
type Fate struct {
	// Lose makes it never arrive.
	Lose bool
	// Until, where not nil, holds the message back until the channel is closed.
	Until <-chan struct{}
}

// Deliver lets a message pass.
var Deliver = Fate{}

// Lose drops a message.
var Lose = Fate{Lose: true}

// Hold keeps a message back until the channel is closed.
func Hold(until <-chan struct{}) Fate { return Fate{Until: until} }

func newNetwork(seed Seed, w Weather) *Network {
	return &Network{
		seed: seed, weather: w, ended: make(chan struct{}),
		members: map[ring.NodeID][]*Member{}, cut: map[link]bool{}, seen: map[uint64]sighting{},
		changed: func() {},
	}
}

// SetWeather changes what happens to the messages that are sent from now on.
func (n *Network) SetWeather(w Weather) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.weather = w
}

// Rule has f decide the fate of every request and reply, when it is sent; nil ends that. A story uses it to
// lose or hold back one certain message. f must not call the network.
func (n *Network) Rule(f func(Envelope) Fate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rule = f
}

// Cut makes messages from one member to the other vanish; the other direction stays.
func (n *Network) Cut(from, to *Member) {
	n.mu.Lock()
	n.cut[link{from, to}] = true
	n.mu.Unlock()
	n.changed()
}

// Partition cuts all links between members of different groups, and heals all others. Members that are in no
// group form one of their own.
func (n *Network) Partition(groups ...[]*Member) {
	side := map[*Member]int{}
	for i, g := range groups {
		for _, m := range g {
			side[m] = i + 1
		}
	}
	n.mu.Lock()
	clear(n.cut)
	all := n.all()
	for _, a := range all {
		for _, b := range all {
			if side[a] != side[b] {
				n.cut[link{a, b}] = true
			}
		}
	}
	n.mu.Unlock()
	n.changed()
}

// all are the members and their clones. The caller holds the lock.
func (n *Network) all() []*Member {
	var out []*Member
	for _, same := range n.members {
		out = append(out, same...)
	}
	return out
}

// join adds a member.
func (n *Network) join(m *Member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.members[m.ID] = append(n.members[m.ID], m)
}

// Heal ends all cuts.
func (n *Network) Heal() {
	n.mu.Lock()
	clear(n.cut)
	n.mu.Unlock()
	n.changed()
}

// joined says whether messages pass from one member to the other.
func (n *Network) joined(from, to *Member) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.cut[link{from, to}]
}

// route finds the member that a call goes to: of several clones the first that is not cut off.
func (n *Network) route(from *Member, to ring.NodeID) *Member {
	n.mu.Lock()
	defer n.mu.Unlock()
	var target *Member
	for _, m := range n.members[to] {
		if target == nil || n.cut[link{from, target}] && !n.cut[link{from, m}] {
			target = m
		}
	}
	return target
}

// sighting is how often calls of one link and content were made, and when the last.
type sighting struct {
	count uint64
	last  int64 // nanoseconds since 1970
}

// count tells the calls of one link and content apart by the moments at which they are made. Those made at
// one moment are the same to all the world, and meet the same fate.
func (n *Network) count(call uint64) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, now := n.seen[call], time.Now().UnixNano()
	if now != s.last {
		s = sighting{s.count + 1, now}
		n.seen[call] = s
	}
	return s.count
}

// fate asks the rule.
func (n *Network) fate(e Envelope) Fate {
	n.mu.Lock()
	rule := n.rule
	n.mu.Unlock()
	if rule == nil {
		return Deliver
	}
	return rule(e)
}

// leg is one direction of a call.
type leg uint64

const (
	request leg = iota
	reply
	duplicate
)

// delay is how long a leg of the call takes.
func (n *Network) delay(call uint64, l leg) time.Duration {
	n.mu.Lock()
	w := n.weather
	n.mu.Unlock()
	lo, hi := w.DelayMin, w.DelayMax
	if n.seed.hits(w.Slow, drawSlow, call, uint64(l)) {
		lo, hi = hi, w.SlowMax
	}
	return n.seed.between(lo, hi, drawDelay, call, uint64(l))
}

func (n *Network) loses(call uint64, l leg) bool {
	n.mu.Lock()
	loss := n.weather.Loss
	n.mu.Unlock()
	return n.seed.hits(loss, drawLoss, call, uint64(l))
}

func (n *Network) repeats(call uint64, body node.Message) bool {
	n.mu.Lock()
	share := n.weather.Duplicate
	n.mu.Unlock()
	_, merge := body.(*node.MergeRequest)
	return merge && n.seed.hits(share, drawDuplicate, call)
}

// hold waits where a rule wants that; it says whether the message is lost.
func (n *Network) hold(f Fate) (lost bool) {
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-n.ended:
			return true
		}
	}
	return f.Lose
}
