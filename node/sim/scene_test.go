package sim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/memory"
)

// scene is a story's cluster, seen from one key: a, b and c are its primaries, in order, and d and e the
// fallbacks.
type scene struct {
	*testing.T
	*Cluster
	key           string
	a, b, c, d, e *Member
	alice, bob    *Client
}

// story tells f in a bubble of its own, and ends with what must hold after every story: no acknowledged
// write is lost, no dot stands for two versions, and so on.
func story(t *testing.T, config Config, f func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cl, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		s := &scene{T: t, Cluster: cl, key: "fruit", alice: cl.Client(), bob: cl.Client()}
		for i, m := range cl.Places(bucketName, s.key) {
			*[]**Member{&s.a, &s.b, &s.c, &s.d, &s.e}[i] = m
		}
		f(s)
		if t.Failed() {
			t.Logf("the story so far:\n%s", cl.History)
		}
	})
}

// must carries out a request that has to be acknowledged.
func (s *scene) must(by *Client, r Request) *Op {
	s.Helper()
	op := s.try(by, r)
	if op.Outcome != OK {
		s.Fatalf("%s: %s\nthe story so far:\n%s", op, op.Detail, s.History)
	}
	return op
}

// try carries out a request that may fail.
func (s *scene) try(by *Client, r Request) *Op {
	if r.Key == "" {
		r.Key = s.key
	}
	if r.Timeout == 0 {
		r.Timeout = 3 * time.Second
	}
	return by.Do(r)
}

// put, del and get are the most common requests, which have to be acknowledged.
func (s *scene) put(by *Client, at *Member, value string, seen *Token) *Op {
	s.Helper()
	return s.must(by, Request{At: at, Kind: Write, Value: value, Seen: seen})
}

func (s *scene) del(by *Client, at *Member, seen *Token) *Op {
	s.Helper()
	return s.must(by, Request{At: at, Kind: Delete, Seen: seen})
}

func (s *scene) get(by *Client, at *Member) *Op {
	s.Helper()
	return s.must(by, Request{At: at})
}

// sides cuts the cluster in two, and lets everybody find out.
func (s *scene) sides(one ...*Member) {
	s.Net.Partition(one)
	s.Detect()
}

// heal ends all cuts and lets everything come to rest.
func (s *scene) heal() {
	s.Net.Heal()
	s.Settle()
	s.DeliverHints()
}

// loses gives the member an empty disk under its old identity.
func (s *scene) loses(m *Member) {
	m.Crash()
	m.Replace(memory.NewDisk())
	if err := m.Restart(); err != nil {
		s.Fatal(err)
	}
}

// stands checks which values stand in the end.
func (s *scene) stands(want ...string) {
	s.Helper()
	slices.Sort(want)
	if got := s.Standing(bucketName + "/" + s.key); !slices.Equal(got, want) {
		s.Errorf("%q stand, want %q", got, want)
	}
}

// sound runs the checkers that must find nothing after any story.
func (s *scene) sound() {
	s.Helper()
	ops, final := s.History.Ops(), s.Final()
	lost, _ := Lost(ops, final)
	for _, fault := range slices.Concat(lost, Phantoms(ops, final), Risen(ops, final), FalseConflicts(ops, final),
		Overreaching(ops, s.Ledger.Dots, false), s.Ledger.Faults()) {
		s.Error(fault)
	}
}

// loseMerges drops every delivery of versions that the member sends, until stop is called.
func (s *scene) loseMerges(from *Member) (stop func()) {
	s.Net.Rule(func(e Envelope) Fate {
		if _, merge := e.Body.(*node.MergeRequest); merge && e.From == from.ID {
			return Lose
		}
		return Deliver
	})
	return func() { s.Net.Rule(nil) }
}

// holdMerges keeps back every delivery of versions that one of the members sends, until release is called.
func (s *scene) holdMerges(from ...*Member) (release func()) {
	until := make(chan struct{})
	s.Net.Rule(func(e Envelope) Fate {
		if _, merge := e.Body.(*node.MergeRequest); merge && slices.ContainsFunc(from, func(m *Member) bool { return m.ID == e.From }) {
			return Hold(until)
		}
		return Deliver
	})
	return func() {
		s.Net.Rule(nil)
		close(until)
	}
}
