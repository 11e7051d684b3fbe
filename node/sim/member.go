package sim

import (
	"context"
	"sync"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/memory"
)

// Member is one identity of a cluster: its disk, and the process that runs on it, if one does.
type Member struct {
	ID   ring.NodeID
	Name string

	cluster *Cluster
	index   int // among parties
	gate    gate
	gossip  *gossip

	mu      sync.Mutex
	disk    *memory.Disk
	running *process
	paused  bool
	drawn   uint64 // random numbers given out to its stores
	// slowDisk is how much longer than usual a sync takes.
	slowDisk time.Duration
}

// process is one run of the program on a member's disk. It is the node's Peers too.
type process struct {
	member *Member
	node   *node.Node
	store  *memory.Store
	dead   chan struct{} // closed at its end
	stop   context.CancelFunc
}

func (p *process) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

func newMember(c *Cluster, index int, m ring.Member) *Member {
	member := &Member{ID: m.ID, Name: m.Name, cluster: c, index: index, disk: memory.NewDisk()}
	var infos []node.MemberInfo
	for _, other := range c.Layout.Members() {
		infos = append(infos, node.MemberInfo{ID: other.ID, Name: other.Name, Up: true})
	}
	member.gossip = newGossip(member, infos, c.Layout)
	return member
}

// birth starts the member's first process: a copy of the first layout is complete.
func (m *Member) birth() error {
	s, err := memory.Open(m.disk, memory.Options{Partitions: m.cluster.Partitions})
	if err != nil {
		return err
	}
	if err := s.SetKnowsAll(true); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return m.Start()
}

// Start runs a process on the member's disk. A member that runs already is left alone.
func (m *Member) Start() error {
	err := m.start()
	m.cluster.observe()
	return err
}

func (m *Member) start() error {
	c := m.cluster
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running != nil {
		return nil
	}
	store, err := memory.Open(m.disk, memory.Options{
		Partitions: c.Partitions, Interval: c.Interval, SyncDelay: m.sync, Rand: m.random, Block: c.Block,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &process{member: m, store: store, dead: make(chan struct{}), stop: stop}
	config := c.Node
	config.ID, config.Store, config.Cluster, config.Peers = m.ID, store, m.gossip, p
	if c.AntiEntropy {
		if err := store.SetTreeKey(antientropy.Secret(m.gossip.View().TreeKey)); err != nil {
			stop()
			return err
		}
		config.Trees = store
	}
	if p.node, err = node.New(config); err != nil {
		stop()
		return err
	}
	m.running = p
	c.group.Go(func() { p.node.Run(ctx) })
	return nil
}

// sync takes the time of the sync that begins now; it is over when it returns. The bubble's clock stands still
// while one event is worked off, so that the instant names the write.
func (m *Member) sync() time.Duration {
	c := m.cluster
	m.mu.Lock()
	slow := m.slowDisk
	m.mu.Unlock()
	if c.SyncMax+slow > 0 {
		now := uint64(time.Now().UnixNano())
		c.Net.instants.await(slow+c.Seed.between(c.SyncMin, c.SyncMax, drawSync, uint64(m.ID), now), m.index, m.index, syncEnds, now)
	}
	return 0
}

// SetSlowDisk makes every sync of the member's disk take longer; 0 ends it.
func (m *Member) SetSlowDisk(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slowDisk = by
}

// random gives the member's stores their chance.
func (m *Member) random() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drawn++
	return m.cluster.Seed.hash(drawActor, uint64(m.index), m.drawn)
}

// process is the one that runs, or nil.
func (m *Member) process() *process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.running
}

// Store is the store of the process that runs, or nil.
func (m *Member) Store() *memory.Store {
	if p := m.process(); p != nil {
		return p.store
	}
	return nil
}

// Node is the node of the process that runs, or nil.
func (m *Member) Node() *node.Node {
	if p := m.process(); p != nil {
		return p.node
	}
	return nil
}

// Disk is what outlives the member's processes.
func (m *Member) Disk() *memory.Disk {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.disk
}

// isUp says whether others would hear the member.
func (m *Member) isUp() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.running != nil && !m.paused
}

// awaitReady waits until the process takes requests.
func (m *Member) awaitReady(atMost time.Duration) {
	for end := time.Now().Add(atMost); time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // first: what it does when it starts has ended by then
		if p := m.process(); p != nil && p.node.Ready() == nil {
			return
		}
	}
}

// Crash ends the process as a power cut does: what is not on disk is lost.
func (m *Member) Crash() { m.kill(true) }

// Stop ends the process cleanly, at once.
func (m *Member) Stop() { m.kill(false) }

func (m *Member) kill(powerCut bool) {
	m.mu.Lock()
	p := m.running
	m.running = nil
	m.mu.Unlock()
	if p == nil {
		return
	}
	if powerCut { // before anybody hears of the end: what hears of it must find no disk to write to
		p.store.Crash()
	} else {
		_ = p.store.Close() // a disk that fails loses nothing that was acknowledged
	}
	close(p.dead)
	p.stop()
	m.cluster.observe()
}

// Restart starts the process again and waits, at most some seconds, until it takes requests.
func (m *Member) Restart() error {
	m.Stop()
	if err := m.Start(); err != nil {
		return err
	}
	m.awaitReady(10 * time.Second)
	return nil
}

// Pause stops the process where it stands (SIGSTOP): what arrives waits for Resume, and so does what it has
// to say.
func (m *Member) Pause() { m.setPaused(true) }

// Resume lets a paused process go on.
func (m *Member) Resume() { m.setPaused(false) }

func (m *Member) setPaused(paused bool) {
	m.mu.Lock()
	m.paused = paused
	m.mu.Unlock()
	if paused {
		m.gate.close()
	} else {
		m.gate.open()
	}
	m.cluster.observe()
}

// Replace gives a member that does not run another disk: an empty one (memory.NewDisk) is amnesia, a Clone
// of an earlier moment is a restored backup. The identity stays.
func (m *Member) Replace(d *memory.Disk) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.disk = d
}
