package gossip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kindreddb/kindred/ring"
)

const discoverAgain = 200 * time.Millisecond

// Found is what a node with an empty folder learnt before it took an identity.
type Found struct {
	// Take is the id of an absent member with this node's name, whose identity it is to take over: bind the
	// folder to it and to Cluster, and start gossip with it. 0 means: keep the id that was drawn.
	Take ring.NodeID
	// Cluster is that of the nodes that answered, 0 where none has one.
	Cluster uint64
	// Answered counts the addresses where another node answered.
	Answered int
}

// Discover calls once at each address of cfg.Join, before the identity of an empty folder is fixed; cfg.ID
// is the id that was drawn for the case that no member's is free. An address where nobody answers is passed
// over; one that asks to be called again is, until ctx ends. A *RefusedError says that this node cannot
// join. It listens nowhere and may be called concurrently.
func Discover(ctx context.Context, cfg Config) (Found, error) {
	cfg = cfg.defaulted()
	cfg.Fresh = true
	if err := cfg.validate(); err != nil {
		return Found{}, err
	}
	derived, err := deriveKeys(cfg.Secret)
	if err != nil {
		return Found{}, fmt.Errorf("gossip: the secret cannot be used: %w", err)
	}
	self, err := cfg.profile()
	if err != nil {
		return Found{}, err
	}
	g := greeter{self: func() profile { return self }, key: derived.hello, rand: cfg.Rand, oldest: cfg.oldest, newest: cfg.newest}
	results := make(chan result, len(cfg.Join))
	for _, address := range cfg.Join {
		go func() { results <- g.ask(ctx, address) }()
	}
	var found Found
	var turned error
	for range cfg.Join {
		r := <-results
		turned = errors.Join(turned, r.turned)
		if r.answered {
			found.Answered++
			found.Cluster = max(found.Cluster, r.from.cluster)
		}
		if r.kind == take {
			found.Take = r.id
		}
	}
	var first *RefusedError
	if errors.As(turned, &first) {
		return Found{}, first
	}
	return found, nil
}

// result is what came of asking at one address.
type result struct {
	answer
	answered bool
	turned   error // a *RefusedError
}

// ask calls at an address until there is a verdict.
func (g greeter) ask(ctx context.Context, address string) result {
	for {
		a, _, err := g.call(ctx, address, visit)
		var refusal *RefusedError
		switch {
		case errors.As(err, &refusal):
			return result{turned: refusal}
		case err != nil:
			return result{}
		case a.kind == refused:
			return result{answer: a, answered: true, turned: &RefusedError{a.reason, address, a.detail}}
		case a.kind != later:
			return result{answer: a, answered: true}
		}
		select {
		case <-ctx.Done():
			return result{answer: a, answered: true}
		case <-time.After(discoverAgain):
		}
	}
}
