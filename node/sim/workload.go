package sim

import (
	"fmt"
	"sync"
	"time"

	"github.com/kindreddb/kindred/node"
)

// Workload is a run drawn from a seed: clients that write, read and delete a few keys through changing
// members while faults strike, then an end in which all heals, everything kept for others is handed over and
// every key is read from all its replicas. Zero values take the defaults named.
type Workload struct {
	Seed Seed
	// Nodes is the number of members and N how many of them hold a key: most seeds have 5 and 3, some others.
	Nodes, N int
	// Keys, default 3; Clients, default 5; Operations of all clients together, default 200.
	Keys, Clients, Operations int
	// Calm leaves out the faults.
	Calm bool
}

// Hazard is what a seed's run goes through beside the faults that every run has.
type Hazard uint8

// Some runs lose the memory of one disk once, some have stores that lose their youngest writes in a power
// cut; never both, and never of two members, for then acknowledged writes may be lost.
const (
	NoHazard Hazard = iota
	DiskLost
	TailLost
)

func (w *Workload) setDefaults() {
	shapes := [][2]int{{3, 3}, {4, 3}, {6, 3}, {3, 2}, {5, 2}, {5, 5}, {7, 4}, {5, 3}, {5, 3}, {5, 3}, {5, 3}, {5, 3}, {5, 3}, {5, 3}}
	shape := shapes[w.Seed.pick(len(shapes), drawShape)]
	for _, d := range []struct {
		field *int
		value int
	}{{&w.Nodes, shape[0]}, {&w.N, shape[1]}, {&w.Keys, 3}, {&w.Clients, 5}, {&w.Operations, 200}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
}

// hazard is drawn from the seed.
func (w Workload) hazard() Hazard {
	if w.Calm {
		return NoHazard
	}
	switch w.Seed.pick(6, drawFault, 0) {
	case 0, 1:
		return DiskLost
	case 2:
		return TailLost
	}
	return NoHazard
}

// config is drawn from the seed.
func (w Workload) config() Config {
	s := w.Seed
	c := Config{
		Seed: s, Nodes: w.Nodes, N: w.N, Partitions: 8, Block: []uint64{1, 1, 1, 1, 2, 3, 5, 8}[s.pick(8, drawActor)],
		Weather: calm,
		// No multiples of the node's shorter times: two timers that go off at one moment race.
		Node: node.Config{OperationTimeout: 2017 * time.Millisecond, FanoutTimeout: 4013 * time.Millisecond},
	}
	if s.pick(2, drawRepair) == 0 {
		c.AntiEntropy, c.Node.RepairPeriod = true, s.between(time.Second, 10*time.Second, drawRepair, 1)
	}
	if w.hazard() == TailLost {
		c.Interval = 300 * time.Millisecond
	}
	if s.hits(0.5, drawSync) {
		c.SyncMin, c.SyncMax = 100*time.Microsecond, []time.Duration{8 * time.Millisecond, 150 * time.Millisecond}[s.pick(2, drawSync, 1)]
	}
	if !w.Calm {
		c.Weather = Weather{
			DelayMin: 100 * time.Microsecond, DelayMax: s.between(time.Millisecond, 30*time.Millisecond, drawDelay),
			Slow: 0.02, SlowMax: 3 * time.Second,
			Loss:      []float64{0, 0.03, 0.06, 0.25}[s.pick(4, drawLoss)],
			Duplicate: 0.05 * float64(s.pick(3, drawDuplicate)),
		}
	}
	return c
}

// calm is the network without faults.
var calm = Weather{DelayMin: 100 * time.Microsecond, DelayMax: 2 * time.Millisecond}

// Run carries the workload out. It must be called inside a bubble of testing/synctest.
func (w Workload) Run() (*Report, error) {
	w.setDefaults()
	c, err := New(w.config())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var group sync.WaitGroup
	for i := range w.Clients {
		client := c.Client()
		group.Go(func() { w.drive(c, client, w.Operations/w.Clients+min(1, max(0, w.Operations%w.Clients-i))) })
	}
	over := make(chan struct{})
	var nemesis sync.WaitGroup
	if !w.Calm {
		nemesis.Go(func() { w.strike(c, over) })
	}
	group.Wait()
	close(over)
	nemesis.Wait()
	if err := w.heal(c); err != nil {
		return nil, err
	}
	var forgotten, diverged []string
	if w.hazard() == NoHazard {
		forgotten = c.Forgotten()
	}
	if c.AntiEntropy {
		time.Sleep(2*c.Node.RepairPeriod + 30*time.Second)
		diverged = c.Diverged()
	}
	w.readAll(c)
	r := w.judge(c)
	r.found("hint dropped", forgotten)
	r.found("not converged by itself", diverged)
	return r, nil
}

func (w Workload) key(i int) string { return fmt.Sprintf("k%d", i) }

// heal ends all faults and lets the cluster come to rest, with all hints delivered.
func (w Workload) heal(c *Cluster) error {
	c.Net.Heal()
	c.Net.SetWeather(calm)
	c.cure()
	for _, m := range c.Members {
		if err := m.Start(); err != nil {
			return err
		}
	}
	c.Settle()
	c.DeliverHints()
	return nil
}

// readAll reads every key from all its replicas through every member, twice, so that read repair has come by
// everywhere.
func (w Workload) readAll(c *Cluster) {
	reader := c.Client()
	for range 2 {
		for i := range w.Keys {
			for _, m := range c.Members {
				reader.Do(Request{At: m, Key: w.key(i), R: node.LevelAll})
			}
		}
		c.Settle()
	}
}

// judge runs all checkers.
func (w Workload) judge(c *Cluster) *Report {
	r := &Report{Seed: w.Seed, Hazard: w.hazard(), Trace: &c.Net.trace, History: c.History, Final: c.Final()}
	ops := c.History.Ops()
	var lost []string
	lost, r.Excused = Lost(ops, r.Final)
	r.found("lost", lost)
	r.found("phantom", Phantoms(ops, r.Final))
	r.found("overreaching token", Overreaching(ops, c.Ledger.Dots, r.Hazard != NoHazard))
	r.found("underreaching token", Underreaching(ops, c.Ledger.Dots))
	r.found("false conflict", FalseConflicts(ops, r.Final))
	r.found("risen", Risen(ops, r.Final))
	r.found("session went backwards", Backwards(ops))
	r.found("missed", Missed(ops, r.Hazard != NoHazard))
	r.found("shared dot", c.Ledger.Faults())
	if r.Hazard == NoHazard || c.AntiEntropy {
		r.found("not converged", c.Diverged())
	}
	for _, o := range ops {
		r.Outcomes[o.Outcome]++
	}
	return r
}
