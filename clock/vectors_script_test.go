package clock_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/clock/baseline"
)

// mode says how writes are made from their context, and what is then to be checked.
type mode int

const (
	checkAll           mode = iota // Update alone: everything
	foldCheckVisible               // Fold before Update: dots, and the values at every step
	foldCheckConverged             // Fold before Update: dots, and the values once all replicas are equal
)

func (m mode) String() string {
	return [...]string{"update alone", "fold, values at each step", "fold, values when converged"}[m]
}

// script is a script in the course of being run through the kernel.
type script struct {
	*testing.T
	*names
	mode      mode
	order     []string // of replicas
	replicas  map[string]*scriptReplica
	versions  map[string]clock.Version // by the handle of the put or delete
	contexts  map[string]clock.Clock   // by the handle of the get
	snapshots map[string]clock.Set
	values    map[clock.Dot]string
}

type scriptReplica struct {
	set     clock.Set
	actor   string
	counter uint64 // of this key's events, and of no other's
}

func runScript(t *testing.T, c baseline.Script, m mode) {
	t.Run(m.String(), func(t *testing.T) {
		s := &script{
			T: t, names: newNames(), mode: m,
			order: c.Replicas, replicas: map[string]*scriptReplica{},
			versions: map[string]clock.Version{}, contexts: map[string]clock.Clock{},
			snapshots: map[string]clock.Set{}, values: map[clock.Dot]string{},
		}
		for _, r := range c.Replicas {
			s.replicas[r] = &scriptReplica{actor: r}
		}
		for i, step := range c.Steps {
			s.step(fmt.Sprintf("step %d, %s", i+1, step.Op), step)
		}
	})
}

func (s *script) step(at string, step baseline.Step) {
	r := s.replicas[step.Replica]
	switch step.Op {
	case baseline.OpPut, baseline.OpDelete:
		v := s.write(r, step)
		s.versions[step.As] = v
		s.sameDot(at, step.Event, v.Dot)
		s.visible(at, step.After, r.set)
	case baseline.OpGet:
		var set clock.Set
		for _, name := range step.ReadsFrom() {
			set = clock.Sync(set, s.replicas[name].set)
		}
		s.contexts[step.As] = set.Context()
		s.visible(at, step.Expect.Values, set)
		s.knows(at, step, set)
	case baseline.OpSync:
		to := s.replicas[step.To]
		to.set = clock.Sync(to.set, s.replicas[step.From].set)
		s.visible(at, step.After, to.set)
	case baseline.OpSend:
		to := s.replicas[step.To]
		to.set = clock.Sync(to.set, clock.Set{s.versions[step.Version]})
		s.visible(at, step.After, to.set)
	case baseline.OpConverge:
		s.converge(at, step.After)
	case baseline.OpSnapshot:
		s.snapshots[step.As] = r.set
	case baseline.OpRestore:
		*r = scriptReplica{set: s.snapshots[step.From], actor: step.Actor}
		s.visible(at, step.After, r.set)
	default:
		if s.mode == checkAll {
			s.check(at, step)
		}
	}
}

// check runs the steps that look and change nothing.
func (s *script) check(at string, step baseline.Step) {
	var got any
	switch step.Op {
	case baseline.OpExpectHistory:
		histories := map[string][]string{}
		for _, v := range s.replicas[step.Replica].set.Visible() {
			histories[s.values[v.Dot]] = s.events(v.Clock())
		}
		for _, want := range step.Values {
			slices.Sort(want)
		}
		if !maps.EqualFunc(histories, step.Values, slices.Equal) {
			s.Errorf("%s: histories %v, want %v", at, histories, step.Values)
		}
		return
	case baseline.OpCovers:
		covered := s.contexts[step.Seen[0]].Covers(s.versions[step.Version].Dot)
		if covered != step.Expect.Covered {
			s.Errorf("%s: %v covers %s: %t", at, step.Seen, step.Version, covered)
		}
		return
	case baseline.OpCompare:
		got = s.versions[step.Left].Clock().Compare(s.versions[step.Right].Clock())
	case baseline.OpCompareCtx:
		got = s.contexts[step.Left].Compare(s.contexts[step.Right])
	case baseline.OpCompareReplicas:
		got = s.replicas[step.Left].set.Context().Compare(s.replicas[step.Right].set.Context())
	default:
		s.Fatalf("%s: not run", at)
	}
	if fmt.Sprint(got) != step.Expect.Relation {
		s.Errorf("%s: %s is %v %s, want %s", at, step.Left, got, step.Right, step.Expect.Relation)
	}
}

// write coordinates a put or delete at r, as a node does.
func (s *script) write(r *scriptReplica, step baseline.Step) clock.Version {
	var context clock.Clock
	for _, h := range step.Seen {
		if put, ack := strings.CutPrefix(h, baseline.AckPrefix); ack {
			context = context.Join(s.versions[put].Clock())
		} else {
			context = context.Join(s.contexts[h])
		}
	}
	tombstone, content := step.Op == baseline.OpDelete, clock.Digest{}
	if !tombstone {
		sum := sha256.Sum256([]byte(step.Value))
		content = clock.Digest(sum[:])
	}
	if s.mode != checkAll {
		context = clock.Fold(context, r.set, content, tombstone)
	}
	r.counter++
	v := clock.Update(context, r.set, clock.Source{Actor: s.actor(r.actor), Counter: r.counter})
	v.Content, v.Tombstone = content, tombstone
	s.values[v.Dot] = step.Value
	r.set = clock.Sync(r.set, clock.Set{v})
	return v
}

func (s *script) converge(at string, want []string) {
	for range 2 { // the second time round, what a third replica passed on arrives
		for _, to := range s.order {
			for _, from := range s.order {
				s.replicas[to].set = clock.Sync(s.replicas[to].set, s.replicas[from].set)
			}
		}
	}
	for _, r := range s.order {
		if !s.replicas[r].set.Equal(s.replicas[s.order[0]].set) {
			s.Errorf("%s: %s and %s still differ", at, r, s.order[0])
		}
		s.sameValues(at+" at "+r, want, s.replicas[r].set)
	}
}

// visible checks the values where the mode promises them at every step.
func (s *script) visible(at string, want []string, set clock.Set) {
	if s.mode != foldCheckConverged {
		s.sameValues(at, want, set)
	}
}

func (s *script) sameValues(at string, want []string, set clock.Set) {
	if want == nil {
		return // the file expects nothing
	}
	got := []string{}
	for _, v := range set.Visible() {
		got = append(got, s.values[v.Dot])
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.Errorf("%s: values %v, want %v", at, got, want)
	}
}

// knows checks the context and the tombstones of a get.
func (s *script) knows(at string, step baseline.Step, set clock.Set) {
	if s.mode != checkAll {
		return
	}
	want := slices.Clone(step.KnowsEvents)
	for actor, highest := range step.Knows {
		for n := range highest {
			want = append(want, fmt.Sprint(actor, n+1))
		}
	}
	slices.Sort(want)
	if got := s.events(set.Context()); (step.Knows != nil || step.KnowsEvents != nil) && !slices.Equal(got, want) {
		s.Errorf("%s: knows %v, want %v", at, got, want)
	}
	tombstones := 0
	for _, v := range set {
		if v.Tombstone {
			tombstones++
		}
	}
	if tombstones != step.Tombstones {
		s.Errorf("%s: %d tombstones, want %d", at, tombstones, step.Tombstones)
	}
}

func (s *script) sameDot(at, want string, got clock.Dot) {
	if name := s.event(got); want != "" && name != want {
		s.Errorf("%s: event %s, want %s", at, name, want)
	}
}
