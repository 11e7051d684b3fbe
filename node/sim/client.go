package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// Client is a user of the cluster: one operation at a time. What it does is recorded in the cluster's
// history.
type Client struct {
	cluster *Cluster
	id      int
	done    uint64 // operations so far
}

// Request is one operation of a client. The zero Request is a read at the bucket's settings.
type Request struct {
	At          *Member
	Kind        Kind
	Bucket, Key string // default "b"
	Value       string
	Seen        *Token // the context to send; nil: none
	IfAbsent    bool
	IfMatch     *node.ETag
	// Return asks a write for the values that stand after it.
	Return bool
	// R and W, where not 0, override the bucket's.
	R, W, PR, PW node.Level
	NoSloppy     bool
	Timeout      time.Duration
}

// bucketName is the bucket of requests that name none.
const bucketName = "b"

// Client makes a new client.
func (c *Cluster) Client() *Client {
	c.clients++
	return &Client{cluster: c, id: c.clients}
}

// patience is how much longer than its operation's time-out a client waits.
const patience = time.Second

// Do carries out the request and gives the finished operation. It returns when the client knows the outcome,
// or knows that it will not.
func (c *Client) Do(r Request) *Op {
	if r.Bucket == "" {
		r.Bucket = bucketName
	}
	h := c.cluster.History
	op := h.begin(Op{Client: c.id, Kind: r.Kind, Key: r.Bucket + "/" + r.Key, Node: r.At.Name, Value: r.Value, Sent: r.Seen})
	c.done++
	answer, err := c.ask(r)
	h.end(op, func(op *Op) { c.finish(op, r, answer, err) })
	return op
}

// errNobody is the client's failed connection to a member that does not run.
var errNobody = errors.New("connection refused")

// ask goes to the member and back.
func (c *Client) ask(r Request) (node.Answer, error) {
	n := c.cluster.Net
	deadline := time.After(timeoutOf(r) + patience)
	c.walk(r.At, clientArrives)
	if r.At.gate.pass(n.ended) {
		c.walk(r.At, gateOpens)
	}
	p := r.At.process()
	if p == nil {
		return node.Answer{}, errNobody
	}
	type result struct {
		answer node.Answer
		err    error
	}
	results := make(chan result, 1)
	go func() {
		a, err := c.call(p, r)
		results <- result{a, err}
	}()
	var got result
	select {
	case got = <-results:
	case <-p.dead:
		got.err = errReset
	case <-deadline:
		got.err = context.DeadlineExceeded
	}
	if r.At.gate.pass(p.dead) {
		c.walk(r.At, gateOpens)
	}
	if p.isDead() {
		got = result{err: errReset}
	}
	c.walk(r.At, clientLeaves)
	return got.answer, got.err
}

// walk takes the time of the way between client and member.
func (c *Client) walk(m *Member, k kind) {
	n := c.cluster.Net
	n.instants.await(c.cluster.Seed.between(50*time.Microsecond, time.Millisecond, drawPace, uint64(c.id), c.done, uint64(k)), c.party(), m.index, k, c.done)
}

// party is the client's number among all parties.
func (c *Client) party() int { return parties - 1 - c.id%(parties/2) }

func timeoutOf(r Request) time.Duration {
	if r.Timeout > 0 {
		return r.Timeout
	}
	return 5 * time.Second
}

// call does what the server's API does with a request.
func (c *Client) call(p *process, r Request) (node.Answer, error) {
	o := node.DefaultOptions()
	for _, l := range []struct {
		asked node.Level
		field *node.Level
	}{{r.R, &o.R}, {r.W, &o.W}, {r.PR, &o.PR}, {r.PW, &o.PW}} {
		if l.asked != 0 {
			*l.field = l.asked
		}
	}
	o.NoSloppy, o.Timeout = r.NoSloppy, r.Timeout
	var seen clock.Clock
	if r.Seen != nil {
		seen = r.Seen.Clock
	}
	if r.Kind == Read {
		return p.node.Get(context.Background(), node.GetRequest{
			Bucket: r.Bucket, Key: r.Key, AtLeast: seen, HasAtLeast: r.Seen != nil, Options: o,
		})
	}
	put := node.PutRequest{
		Bucket: r.Bucket, Key: r.Key, Seen: seen, HasSeen: r.Seen != nil,
		IfAbsent: r.IfAbsent, IfMatch: r.IfMatch, ReturnObject: r.Return, Options: o,
	}
	if r.Kind == Write {
		put.Content = node.NewContent([]byte(r.Value), "text/plain", "", nil)
	}
	return p.node.Put(context.Background(), put)
}

// finish records what the client learnt.
func (c *Client) finish(op *Op, r Request, a node.Answer, err error) {
	if err != nil {
		c.failed(op, err)
		if !a.Seen.IsEmpty() { // no error should carry a context; a client that got one would use it
			op.Got = &Token{Clock: a.Seen, Shown: shownBy(r, nil), Given: op.Ended}
		}
		return
	}
	op.Outcome, op.Acks, op.Hinted, op.Covers = OK, a.Acks, a.Hinted, a.Covers
	op.Values = valuesOf(a.Object)
	c.cluster.Ledger.note(op.Key, a.Object)
	if op.R = node.LevelQuorum.Count(a.Acks.N); r.R != 0 {
		op.R = r.R.Count(a.Acks.N)
	}
	op.Got = &Token{Clock: a.Seen, Shown: shownBy(r, op.Values), Given: op.Ended}
}

// shownBy is what a client knows to lie behind the token of an answer, in order: what it was shown with it
// and, after a write, what it wrote and what lay behind the token that it sent.
func shownBy(r Request, values []string) []string {
	shown := slices.Clone(values)
	if r.Kind != Read && r.Seen != nil {
		shown = append(shown, r.Seen.Shown...)
	}
	if r.Kind == Write {
		shown = append(shown, r.Value)
	}
	slices.Sort(shown)
	return slices.Compact(shown)
}

// failed records an error: what certainly did not happen, and what may have.
func (c *Client) failed(op *Op, err error) {
	op.Outcome, op.Detail = Info, err.Error()
	var e *node.Error
	if errors.As(err, &e) {
		op.Code = e.Code
	}
	if op.Kind == Read || errors.Is(err, errNobody) || e != nil && e.Effect == node.NotApplied {
		op.Outcome = Fail
	}
}

// valuesOf are the visible values of an object, in order.
func valuesOf(o node.Object) []string {
	var out []string
	for _, v := range o.Versions.Visible() {
		if c := o.Content(v.Content); c != nil {
			out = append(out, string(c.Value))
		}
	}
	slices.Sort(out)
	return out
}
