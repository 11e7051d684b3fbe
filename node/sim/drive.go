package sim

import (
	"fmt"
	"time"

	"github.com/kindreddb/kindred/node"
)

// drive has one client do its operations. What it does next depends on the seed, its number, and on what it
// was given so far.
func (w Workload) drive(c *Cluster, client *Client, operations int) {
	s, me := w.Seed, uint64(client.id)
	tokens := map[string][]*Token{} // the last few of each key
	home := s.pick(w.Nodes, drawOperation, me)
	for i := range uint64(operations) {
		draw := func(n int, what uint64) int { return s.pick(n, drawOperation, me, i, what) }
		w.pause(c, client, i)
		if draw(100, 1) < 30 {
			home = draw(w.Nodes, 2)
		}
		r := Request{At: c.Members[home], Key: w.key(draw(w.Keys, 3)), Timeout: time.Duration(317+100*draw(15, 4)) * time.Millisecond}
		if have := tokens[r.Key]; len(have) > 0 && draw(100, 5) < 75 {
			r.Seen = have[len(have)-1]
			if draw(100, 6) < 20 {
				r.Seen = have[draw(len(have), 7)] // a stale one
			}
		}
		w.choose(&r, draw, fmt.Sprintf("c%d.%d", me, i))
		op := client.Do(r)
		if op.Outcome == Info && r.Kind == Write && draw(100, 8) < 40 {
			r.At = c.Members[draw(w.Nodes, 9)]
			op = client.Do(r) // a retry: the same value with the same context
		}
		if op.Got != nil {
			have := append(tokens[r.Key], op.Got)
			tokens[r.Key] = have[max(0, len(have)-3):]
		}
	}
}

// choose fills in what the request does.
func (w Workload) choose(r *Request, draw func(n int, what uint64) int, value string) {
	switch d := draw(100, 10); {
	case d < 35:
		r.Kind = Read
		if draw(100, 11) < 20 {
			r.R = 1
		}
		return
	case d < 85 || r.Seen == nil && draw(100, 12) < 95:
		r.Kind, r.Value = Write, value
		r.Return = draw(100, 13) < 15
		r.IfAbsent = draw(100, 14) < 4
	default:
		r.Kind = Delete
	}
	switch d := draw(100, 15); {
	case d < 10 && w.hazard() == NoHazard:
		r.W = 1 // one copy: not where a disk will be lost
	case d < 18:
		r.W = node.LevelAll
	case d < 22:
		r.PW = 2
	}
	r.NoSloppy = draw(100, 16) < 10
}

// pause is the time between two operations of a client: mostly short, sometimes long.
func (w Workload) pause(c *Cluster, client *Client, i uint64) {
	s, me := w.Seed, uint64(client.id)
	d := s.between(0, 80*time.Millisecond, drawPace, me, i)
	if s.hits(0.1, drawPace, me, i, 1) {
		d = s.between(0, 2*time.Second, drawPace, me, i, 2)
	}
	c.Net.instants.await(d, client.party(), 0, clientLeaves, i)
}
