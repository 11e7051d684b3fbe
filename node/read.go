package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node/quorum"
	"github.com/kindreddb/kindred/ring"
)

// read is a read under way. It belongs to one goroutine; the asks run on goroutines of their own.
type read struct {
	n       *Node
	op      *operation
	tally   *quorum.Read
	merged  Object
	answers []answered
	results chan answered
	asked   map[ring.NodeID]bool
	waiting map[int]int // asks whose answer is still to come, by place
	lost    map[int]bool
	wants   wants
	// hedging says that those who are being asked take long: their places may be asked for twice. beyond says
	// that the answer has its r and does not cover what the client has seen: everybody may be asked.
	hedging, beyond bool
}

// wants says what a read is for.
type wants bool

// A read for an answer fetches the visible contents; one for the context of a deletion needs the clocks alone.
const (
	clocksOnly   wants = false
	withContents wants = true
)

// answered is one node's answer.
type answered struct {
	place int
	node  ring.NodeID
	role  ring.Role
	reply FetchReply
	err   error
}

// smallContent is how many bytes of contents every replica sends along unasked; larger ones come from one.
const smallContent = 1 << 10

// read asks until the tally is met, and further while the answer does not cover what the client has seen.
func (n *Node) read(ctx context.Context, op *operation, atLeast clock.Clock, w wants) (*read, error) {
	r := &read{
		n: n, op: op, wants: w,
		tally:   quorum.NewRead(op.read, op.replicas),
		results: make(chan answered, len(op.list)),
		asked:   map[ring.NodeID]bool{},
		waiting: map[int]int{},
		lost:    map[int]bool{},
	}
	n.hedges.earn()
	hedge := time.NewTimer(n.HedgeDelay)
	defer hedge.Stop()
	slow := time.NewTimer(n.SlowReplica)
	defer slow.Stop()
	var overtime <-chan time.Time // bounds the asking-on behind a read that has its r
	for {
		more := r.tally.Missing(r.hasValues())
		result := r.tally.Result(r.hasValues())
		if result == quorum.Met {
			if r.merged.Versions.Context().Includes(atLeast) {
				break
			}
			r.beyond, more = true, op.replicas
			if overtime == nil {
				overtime = time.After(n.HedgeDelay + n.HedgeDelay/2) // a hedge begun for it has time to answer
			}
		}
		for len(r.waiting) < more && r.askNext(ctx) {
		}
		if len(r.waiting) == 0 {
			r.closeAll()
			if r.tally.Result(r.hasValues()) == quorum.Met {
				break
			}
			if ctx.Err() != nil {
				return nil, r.timeout(ctx) // which is why the last of them failed
			}
			return nil, r.unavailable()
		}
		select {
		case a := <-r.results:
			r.take(a)
			continue
		case <-hedge.C:
			if n.hedges.spend() && r.hedge(ctx) {
				hedge.Reset(n.HedgeDelay)
			}
			continue
		case <-slow.C:
			r.suspectSlow()
			r.hedge(ctx)
			continue
		case <-overtime:
		case <-ctx.Done():
			if result != quorum.Met {
				return nil, r.timeout(ctx)
			}
		}
		break
	}
	if w == clocksOnly {
		return r, nil
	}
	return r, r.load(ctx)
}

// hedge asks one more node beside those that take long, and says whether there was one.
func (r *read) hedge(ctx context.Context) bool {
	r.hedging = true
	return r.askNext(ctx)
}

// suspectSlow notes which nodes have let the read wait.
func (r *read) suspectSlow() {
	for id := range r.asked {
		if id != r.n.ID && !slices.ContainsFunc(r.answers, func(a answered) bool { return a.node == id }) {
			r.n.health.heard(id, false)
		}
	}
}

func (r *read) hasValues() bool {
	for _, v := range r.merged.Versions {
		if !v.Tombstone {
			return true
		}
	}
	return false
}

// askNext asks one more node, and says whether there was one. Those that seem to fail come last.
func (r *read) askNext(ctx context.Context) bool {
	return r.askOf(ctx, r.n.reachable) || r.askOf(ctx, r.n.alive)
}

// askOf asks the nearest first: this node, then the primaries, then, for the place of a primary that failed,
// the fallbacks.
func (r *read) askOf(ctx context.Context, reachable func(ring.NodeID) bool) bool {
	if i := r.op.place(r.n.ID); i >= 0 && !r.asked[r.n.ID] {
		r.ask(ctx, answered{place: i, node: r.n.ID, role: ring.Primary})
		return true
	}
	for i, p := range r.op.primaries() {
		if r.asked[p.Node] {
			continue
		}
		if reachable(p.Node) {
			r.ask(ctx, answered{place: i, node: p.Node, role: ring.Primary})
			return true
		}
		r.lost[i] = true
	}
	if !r.op.sloppy {
		return false
	}
	place := r.openPlace()
	if place < 0 {
		return false
	}
	for _, p := range r.op.fallbacks() {
		if !r.asked[p.Node] && reachable(p.Node) && r.fallbacksAsked() < r.op.replicas {
			r.ask(ctx, answered{place: place, node: p.Node, role: ring.Fallback})
			return true
		}
	}
	return false
}

// openPlace is a place that may want a fallback: its primary failed, is slow, or gave no answer that knows.
// It is -1 where there is none; a read that asks beyond its r takes any.
func (r *read) openPlace() int {
	best := -1
	if r.beyond {
		best = 0
	}
	for i := range r.op.replicas {
		if r.waiting[i] > 0 && !r.hedging || r.tally.Worth(i) == quorum.Knowing && !r.lost[i] {
			continue
		}
		if best < 0 || r.tally.Worth(i) < r.tally.Worth(best) {
			best = i
		}
	}
	return best
}

func (r *read) fallbacksAsked() int {
	count := 0
	for _, p := range r.op.fallbacks() {
		if r.asked[p.Node] {
			count++
		}
	}
	return count
}

// ask sends one request. The first of all answers comes with its contents, however large.
func (r *read) ask(ctx context.Context, a answered) {
	contentMax := smallContent
	switch {
	case r.wants == clocksOnly:
		contentMax = 0
	case len(r.asked) == 0:
		contentMax = -1
	}
	r.asked[a.node] = true
	r.waiting[a.place]++
	go func() {
		a.reply, a.err = r.n.fetchFrom(ctx, a.node, r.op, contentMax)
		r.results <- a
	}()
}

// take merges an answer and counts it.
func (r *read) take(a answered) {
	if r.waiting[a.place]--; r.waiting[a.place] == 0 {
		delete(r.waiting, a.place)
	}
	if a.err != nil {
		r.lost[a.place] = true
		return
	}
	delete(r.lost, a.place)
	r.merged = MergeObjects(r.merged, a.reply.Object)
	r.answers = append(r.answers, a)
	worth := quorum.Knowing
	switch {
	case a.reply.Standing == Incomplete:
		worth = quorum.Partial
	case a.reply.Standing == Stranger && a.reply.Object.IsEmpty():
		worth = quorum.StandIn
	}
	r.tally.Answer(a.place, uint64(a.node), a.role == ring.Primary, worth)
}

func (r *read) closeAll() {
	for i := range r.op.replicas {
		r.tally.Close(i)
	}
}

// load fetches the visible contents that were left out, from a node that answered with their versions.
func (r *read) load(ctx context.Context) error {
	for _, a := range r.answers {
		if r.merged.Whole() {
			return nil
		}
		if a.reply.Object.Whole() {
			continue // what it has is merged already
		}
		reply, err := r.n.fetchFrom(ctx, a.node, r.op, -1)
		if err == nil {
			r.merged = MergeObjects(r.merged, reply.Object)
		}
	}
	if !r.merged.Whole() {
		return &Error{Code: CodeTimeout, Need: r.op.read.R, Got: len(r.answers), Detail: "the value's bytes could not be fetched in time"}
	}
	return nil
}

func (r *read) unavailable() error {
	total, primary, _ := r.tally.Counts()
	e := &Error{Code: CodeQuorumUnavailable, Need: r.op.read.R, Got: total}
	switch {
	case total >= r.op.read.R && primary >= r.op.read.PR:
		e.Got = r.op.read.R - r.tally.Missing(false)
		e.Detail = fmt.Sprintf("no value was found, and of the nodes that answered only %d can tell an absence from a loss; %s wanted", e.Got, counted(e.Need, "is", "are"))
	case primary < r.op.read.PR:
		e.Need, e.Got = r.op.read.PR, primary
		e.Detail = fmt.Sprintf("%s answered and %s wanted", counted(e.Got, "primary", "primaries"), counted(e.Need, "is", "are"))
	default:
		e.Detail = fmt.Sprintf("%s answered and %s wanted; the others cannot be reached", counted(e.Got, "replica", "replicas"), counted(e.Need, "is", "are"))
	}
	return e
}

func (r *read) timeout(ctx context.Context) error {
	total, _, _ := r.tally.Counts()
	return &Error{Code: CodeTimeout, Need: r.op.read.R, Got: total, Cause: ctx.Err(),
		Detail: fmt.Sprintf("%d of %d replicas answered in time", total, r.op.read.R)}
}
