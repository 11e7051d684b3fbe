package gossip

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/kindreddb/kindred/ring"
)

// prepare makes a Gossip that does nothing yet.
func prepare(cfg Config) (*Gossip, error) {
	cfg = cfg.defaulted()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	derived, err := deriveKeys(cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("gossip: the secret cannot be used: %w", err)
	}
	g := &Gossip{cfg: cfg, keys: derived, log: cfg.Log, wake: make(chan struct{}, 1)}
	g.end.done = make(chan struct{})
	g.roster.started, g.roster.peers = time.Now(), make(map[ring.NodeID]peer)
	g.spread.init(g)
	g.seeker.init(cfg.Join)
	state, peers, err := load(cfg.Disk)
	if err != nil {
		return nil, err
	}
	for _, p := range peers {
		if p.id != cfg.ID {
			g.roster.remember(p)
		}
	}
	g.saved.Store(&state)
	p, err := cfg.profile()
	if err != nil {
		return nil, err
	}
	g.self.Store(&p)
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g, nil
}

// profile is what the node says of itself before it knows of any other.
func (c Config) profile() (profile, error) {
	p := profile{id: c.ID, started: time.Now().UnixMilli(), fresh: c.Fresh, expect: c.BootstrapExpect,
		oldest: c.oldest, newest: c.newest, member: c.member(), version: c.Version, at: c.Addresses}
	var drawn [8]byte
	if _, err := io.ReadFull(c.Rand, drawn[:]); err != nil {
		return p, fmt.Errorf("gossip: no random bytes: %w", err)
	}
	p.nonce = max(1, binary.BigEndian.Uint64(drawn[:]))
	return p, nil
}

// open binds the address and starts memberlist on it.
func (g *Gossip) open() error {
	g.transport = &transport{
		greeter: greeter{self: g.profile, judge: g.judge, key: g.keys.hello, rand: g.cfg.Rand, oldest: g.cfg.oldest, newest: g.cfg.newest},
		counts:  &g.counts,
		cluster: func() uint64 { return g.profile().cluster },
		called:  g.called,
		arrived: g.arrived,
	}
	if err := g.transport.listen(g.cfg.Bind); err != nil {
		return err
	}
	advertised, err := g.cfg.advertised(g.transport.port())
	if err != nil {
		_ = g.transport.Shutdown()
		return err
	}
	ip, port, err := resolve(advertised)
	if err != nil {
		_ = g.transport.Shutdown()
		return fmt.Errorf("gossip: the address %s that others are told: %w", advertised, err)
	}
	p := g.profile()
	p.at.Gossip = advertised
	if size := len(p.append(nil)); size > profileBytesMax {
		_ = g.transport.Shutdown()
		return fmt.Errorf("gossip: name, zone, version and addresses have %d bytes together: %d is the most; use shorter ones", size, profileBytesMax)
	}
	if birth, ok := g.state().Cluster(); ok {
		p.cluster = birth.Cluster
	}
	g.self.Store(&p)
	g.publish()
	g.transport.serve()
	if g.list, err = memberlist.Create(g.memberlistConfig(ip, port)); err != nil {
		_ = g.transport.Shutdown()
		return fmt.Errorf("gossip: memberlist: %w", err)
	}
	return nil
}

// memberlistConfig is tuned for a local network: a process that dies is noticed within four to six probe
// intervals, and one that stands still for less than three is not taken for dead.
func (g *Gossip) memberlistConfig(ip net.IP, port int) *memberlist.Config {
	c := memberlist.DefaultLANConfig()
	c.Name = g.cfg.ID.String()
	c.Transport = g.transport
	c.BindAddr, c.BindPort = ip.String(), port
	c.AdvertiseAddr, c.AdvertisePort = ip.String(), port
	c.ProtocolVersion = memberlist.ProtocolVersionMax
	c.SecretKey = g.keys.packets
	c.ProbeInterval, c.ProbeTimeout = g.cfg.ProbeInterval, g.cfg.ProbeInterval*2/3
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = 3, 3
	c.AwarenessMaxMultiplier = 4
	c.GossipInterval, c.GossipNodes = g.cfg.ProbeInterval/6, 3
	c.PushPullInterval = 5 * time.Second
	c.TCPTimeout = 5 * time.Second
	c.DeadNodeReclaimTime = time.Nanosecond // at once; 0 would be never
	c.UDPBufferSize = 1400 - packetHeadBytes
	c.EnableCompression = false // states are small, and a bomb is one thing less
	c.Logger = log.New(&libraryLog{g.log, &g.counts, &g.throttle}, "", 0)
	d := &delegate{g}
	c.Delegate, c.Events, c.Alive, c.Conflict = d, d, d, d
	return c
}

// resolve gives the first address of a host.
func resolve(address string) (net.IP, int, error) {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, 0, err
	}
	return a.IP, a.Port, nil
}
