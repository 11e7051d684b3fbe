package server

import (
	"context"
	"log/slog"
)

// parts are what runs, in the order of their start.
type parts struct {
	log     *slog.Logger
	running []part
}

// part is one thing that runs and can be stopped. stop returns when it has ended.
type part struct {
	name string
	stop func(ctx context.Context) error
}

// add takes ownership of a part that has been started.
func (p *parts) add(name string, stop func(ctx context.Context) error) {
	p.running = append(p.running, part{name, stop})
}

// stop ends all parts, the last one first. A part that fails to stop does not keep the others from it; the
// first failure is returned, further ones are logged.
func (p *parts) stop(ctx context.Context) error {
	var first error
	for len(p.running) > 0 {
		last := p.running[len(p.running)-1]
		p.running = p.running[:len(p.running)-1]
		err := last.stop(ctx)
		switch {
		case err == nil:
			p.log.Debug("stopped", "part", last.name)
		case first == nil:
			first = &StartError{What: last.name + " did not stop as it should: " + err.Error(), cause: err}
		default:
			p.log.Error("a part did not stop as it should", "part", last.name, "err", err)
		}
	}
	return first
}
