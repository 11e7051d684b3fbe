package sim

import (
	"errors"
	"time"

	"github.com/kindreddb/kindred/storage/memory"
)

// nemesis draws faults from the seed and carries them out, one after the other; some outlast the next.
type nemesis struct {
	Workload
	c       *Cluster
	round   uint64
	victim  *Member      // the one member whose disk may lose something
	old     *memory.Disk // a backup of the victim's disk
	robbed  bool         // the victim's disk has been lost
	stopped []*Member
	side    []*Member // of the last partition
}

// strike runs until the clients are done.
func (w Workload) strike(c *Cluster, over <-chan struct{}) {
	n := &nemesis{Workload: w, c: c}
	n.victim = c.Members[n.pick(len(c.Members), 1)]
	for {
		n.wait(50*time.Millisecond, 900*time.Millisecond, 2)
		select {
		case <-over:
			return
		default:
		}
		n.round++
		n.fault()
		if n.pick(100, 3) < 65 {
			n.wait(100*time.Millisecond, 2500*time.Millisecond, 4)
			n.mend()
		}
	}
}

func (n *nemesis) pick(of int, what uint64) int { return n.Seed.pick(of, drawFault, n.round, what) }

func (n *nemesis) member(what uint64) *Member { return n.c.Members[n.pick(len(n.c.Members), what)] }

func (n *nemesis) wait(lo, hi time.Duration, what uint64) {
	n.c.Net.instants.await(n.Seed.between(lo, hi, drawFault, n.round, what), 0, 0, faultStrikes, n.round)
}

// fault begins one.
func (n *nemesis) fault() {
	if n.hazard() == DiskLost && !n.robbed && n.pick(4, 33) == 0 {
		n.rob()
		return
	}
	switch d := n.pick(100, 10); {
	case d < 30: // two sides
		if n.pick(2, 19) == 0 { // others than the last time
			n.side = nil
			for i, m := range n.c.Members {
				if n.pick(2, 20+uint64(i)) == 0 {
					n.side = append(n.side, m)
				}
			}
		}
		n.c.Net.Partition(n.side)
	case d < 40: // one member alone
		n.c.Net.Partition([]*Member{n.member(11)})
	case d < 48: // one direction
		if a, b := n.member(12), n.member(13); a != b {
			n.c.Net.Cut(a, b)
		}
	case d < 58:
		n.end(n.member(14))
	case d < 64: // two at once, or all
		all := n.pick(3, 30) == 0
		for _, m := range n.c.Members {
			if all || m == n.member(15) || m == n.member(16) {
				n.end(m)
			}
		}
	case d < 72:
		n.member(17).Pause()
	case d < 78: // a disk that is full, fails, or is slow
		m := n.member(31)
		switch n.pick(3, 32) {
		case 0:
			m.Disk().SetFull(true)
		case 1:
			m.Disk().SetFault(errBroken)
		default:
			m.SetSlowDisk(n.Seed.between(100*time.Millisecond, 2*time.Second, drawSync, n.round))
		}
	case d < 88: // a quick restart of one after the other
		for _, m := range n.c.Members {
			n.end(m)
			n.wait(10*time.Millisecond, 400*time.Millisecond, 50+uint64(m.ID))
			_ = m.Start() // a disk without faults opens
		}
	default: // a quiet time, in which hints are delivered
		n.mend()
		n.wait(time.Second, 3*time.Second, 60)
	}
}

// end stops a member's process: by a power cut where its disk may lose something by it.
func (n *nemesis) end(m *Member) {
	if n.hazard() == TailLost && m != n.victim {
		m.Stop()
	} else {
		m.Crash()
	}
	n.stopped = append(n.stopped, m)
}

// rob takes a backup of the victim's disk, or gives the victim an empty disk or that backup: once a run.
func (n *nemesis) rob() {
	if n.old == nil && n.pick(3, 18) > 0 {
		n.old = n.victim.Disk().Clone()
		return
	}
	n.robbed = true
	n.victim.Crash()
	if n.old != nil {
		n.victim.Replace(n.old)
	} else {
		n.victim.Replace(memory.NewDisk())
	}
	n.stopped = append(n.stopped, n.victim)
}

// mend ends all faults that go on.
func (n *nemesis) mend() {
	n.c.Net.Heal()
	n.c.cure()
	for _, m := range n.stopped {
		_ = m.Start() // a disk without faults opens
	}
	n.stopped = nil
}

// errBroken is what a disk that fails answers.
var errBroken = errors.New("input/output error")

// cure lets all paused members go on, and all disks work.
func (c *Cluster) cure() {
	for _, m := range c.Members {
		m.Resume()
		m.Disk().SetFull(false)
		m.Disk().SetFault(nil)
		m.SetSlowDisk(0)
	}
}
