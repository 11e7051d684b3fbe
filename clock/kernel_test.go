package clock_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// rules says how the kernel is used: with Fold or without it, and, to see that the tests would notice, in
// ways that are wrong.
type rules struct {
	fold bool
	// wrong: since is always 0
	withoutSince bool
	// wrong: the next number is one above the highest in the key's record
	counterInRecord bool
	// wrong: contexts of reads claim, per actor, everything up to the maximum
	maximum bool
	// wrong: an ack's context is the dot alone, without the rest of its version's clock
	loneDots bool
}

// kernel runs scripts on the package under test, as a node uses it.
type kernel struct {
	testing.TB
	rules
	replicas []copyOfKey
	contexts []clock.Clock // by step
	messages []clock.Set   // by step
	dots     []clock.Dot   // by event
	actors   int
}

// copyOfKey is one replica's copy of the key, and the actor under which it writes this key and others.
type copyOfKey struct {
	set            clock.Set
	actor          clock.Actor
	counter, since uint64
}

func newKernel(t testing.TB, replicas int, r rules) *kernel {
	k := &kernel{TB: t, rules: r, replicas: make([]copyOfKey, replicas)}
	for i := range k.replicas {
		k.do(op{kind: renew, at: i})
	}
	k.contexts, k.messages = nil, nil
	return k
}

func (k *kernel) clone() *kernel {
	c := *k
	c.replicas, c.dots = slices.Clone(k.replicas), slices.Clone(k.dots)
	c.contexts, c.messages = slices.Clone(k.contexts), slices.Clone(k.messages)
	return &c
}

func (k *kernel) do(s op) {
	k.contexts, k.messages = append(k.contexts, clock.Clock{}), append(k.messages, nil)
	step, at := len(k.contexts)-1, &k.replicas[s.at]
	switch s.kind {
	case put, del:
		k.contexts[step] = k.write(at, s)
	case read:
		var set clock.Set
		for _, r := range s.reads {
			set = clock.Sync(set, k.replicas[r].set)
		}
		k.contexts[step] = k.context(set)
	case send:
		k.merge(s.to, at.set)
	case capture:
		k.messages[step] = at.set
	case deliver:
		k.merge(s.at, k.messages[s.message])
	case handover:
		k.merge(s.to, at.set)
		at.set = nil
	case renew:
		k.actors++
		// Spread over all of the 64 bits, in an order that is not that of the replicas.
		at.actor, at.counter, at.since = clock.Actor(uint64(k.actors)*0x9e3779b97f4a7c15), 0, 0
	case converge, reap:
		k.converge(s.kind == reap)
	}
}

// write coordinates a put or a delete, and gives the context for the client.
func (k *kernel) write(at *copyOfKey, s op) clock.Clock {
	var context clock.Clock
	for _, i := range s.seen {
		context = context.Join(k.contexts[i])
	}
	at.counter += s.skip
	k.record(at)
	if k.counterInRecord {
		at.counter = at.set.Context().Last(at.actor)
		at.since = 0
	}
	source := clock.Source{Actor: at.actor, Counter: at.counter, Since: at.since}
	if k.rules == (rules{fold: k.fold}) && clock.Repeats(context, at.set.Context(), source) {
		k.Errorf("actor %s, which never went back, is said to repeat: context %s, record %s, %+v", at.actor, context, at.set.Context(), source)
	}
	content := clock.Digest{}
	if s.kind == put {
		binary.BigEndian.PutUint64(content[:], uint64(s.value))
	}
	if k.fold {
		context = clock.Fold(context, at.set, content, s.kind == del)
	}
	at.counter++
	source.Counter = at.counter
	v := clock.Update(context, at.set, source)
	v.Content, v.Tombstone, v.Wall = content, s.kind == del, int64(len(k.dots))
	k.dots = append(k.dots, v.Dot)
	at.set = clock.Sync(at.set, clock.Set{v})
	if k.loneDots {
		return only(v.Dot)
	}
	return v.Clock()
}

// record brings a record into being where there is none.
func (k *kernel) record(at *copyOfKey) {
	if len(at.set) > 0 {
		return
	}
	at.since = at.counter
	if k.withoutSince {
		at.since = 0
	}
}

func (k *kernel) merge(to int, from clock.Set) {
	if len(from) > 0 {
		k.record(&k.replicas[to])
		k.replicas[to].set = clock.Sync(k.replicas[to].set, from)
	}
}

func (k *kernel) converge(reap bool) {
	var all clock.Set
	for _, r := range k.replicas {
		all = clock.Sync(all, r.set)
	}
	for i := range k.replicas {
		k.merge(i, all)
		if r := &k.replicas[i]; reap {
			r.set = slices.DeleteFunc(slices.Clone(r.set), func(v clock.Version) bool { return v.Tombstone })
			if !k.withoutSince {
				r.since = r.counter
			}
		}
	}
}

// context is what a reader of the set has seen.
func (k *kernel) context(set clock.Set) clock.Clock {
	c := set.Context()
	if k.maximum {
		var filled clock.Clock
		c.Each(func(a clock.Actor, r clock.Run) bool {
			filled = filled.Join(clock.Of(a, clock.Run{Upto: r.Upto}))
			return true
		})
		return filled
	}
	return c
}

// claims lists the events that a clock holds. What it holds of other keys' numbers means nothing.
func (k *kernel) claims(c clock.Clock) events {
	var e events
	for n, d := range k.dots {
		if c.Covers(d) {
			e |= 1 << n
		}
	}
	return e
}

func (k *kernel) shown(at int) []int {
	var out []int
	for _, v := range k.replicas[at].set.Visible() {
		out = append(out, int(binary.BigEndian.Uint64(v.Content[:])))
	}
	slices.Sort(out)
	return out
}

// known gives the replica's versions as the oracle would hold them.
func (k *kernel) known(at int) []known {
	var out []known
	for _, v := range k.replicas[at].set {
		w := known{event: int(v.Wall), history: k.claims(v.Clock())}
		if !v.Tombstone {
			w.value = int(binary.BigEndian.Uint64(v.Content[:]))
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(v, w known) int { return v.event - w.event })
	return out
}
