package node

import (
	"context"
	"sync"
	"time"
)

// pacer keeps the background within its budget of bytes a second, and holds it while it is paused.
type pacer struct {
	mu     sync.Mutex
	rate   int64         // bytes a second; 0: no bound
	free   time.Time     // when all that was spent so far is paid for
	resume chan struct{} // closed when the pause ends; nil while there is none
}

// setRate changes the budget; it holds from the next wait on.
func (p *pacer) setRate(bytesPerSecond int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = bytesPerSecond
}

// bytesPerSecond is the budget.
func (p *pacer) bytesPerSecond() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate
}

// pause holds or lets go of everybody who waits.
func (p *pacer) pause(hold bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case hold && p.resume == nil:
		p.resume = make(chan struct{})
	case !hold && p.resume != nil:
		close(p.resume)
		p.resume = nil
	}
}

// paused says whether there is a pause.
func (p *pacer) paused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resume != nil
}

// spend takes bytes out of the budget; wait waits until they are paid for.
func (p *pacer) spend(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.free.Before(now) {
		p.free = now
	}
	if p.rate > 0 {
		p.free = p.free.Add(time.Duration(float64(bytes) / float64(p.rate) * float64(time.Second)))
	}
}

func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	resume, delay := p.resume, time.Until(p.free)
	p.mu.Unlock()
	if resume != nil {
		select {
		case <-resume:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if delay <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
