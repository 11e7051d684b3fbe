package sim

import "sync"

// gate stands between a process and the world: while it is shut (the process is paused) nothing comes in
// and nothing goes out, and what waits passes after it has opened.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // closed when the gate opens; nil while it is open
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// waiting is nil while the gate is open, else a channel that is closed when it opens.
func (g *gate) waiting() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// pass waits until the gate is open, or until done. It says whether it had to wait: whoever waited goes on
// at an instant of its own.
func (g *gate) pass(done <-chan struct{}) (waited bool) {
	for {
		shut := g.waiting()
		if shut == nil {
			return waited
		}
		waited = true
		select {
		case <-shut:
		case <-done:
			return waited
		}
	}
}
