package baseline

import (
	"fmt"
	"slices"
)

// Outcome is what came of a script under a mechanism.
type Outcome struct {
	// Final are the values that stand at the first replica in the end, ordered bytewise.
	Final []string `json:"final"`
	// Agree says whether all replicas show the same values in the end.
	Agree bool `json:"agree"`
	// Lost are the values that stand in truth and not here; False those that stand here and not in truth.
	Lost  []string `json:"lost"`
	False []string `json:"false"`
	// Entries is the metadata at the first replica in the end.
	Entries int `json:"entries"`
	// EntriesMax and SiblingsMax are maxima over all replicas and steps.
	EntriesMax  int `json:"entries_max"`
	SiblingsMax int `json:"siblings_max"`
}

// Equal says whether both are the same in every field.
func (o Outcome) Equal(p Outcome) bool {
	return slices.Equal(o.Final, p.Final) && o.Agree == p.Agree && slices.Equal(o.Lost, p.Lost) &&
		slices.Equal(o.False, p.False) && o.Entries == p.Entries && o.EntriesMax == p.EntriesMax &&
		o.SiblingsMax == p.SiblingsMax
}

// Run plays a script of puts, gets, syncs and converges under the mechanism, and measures the end by the
// truth. The script must have come from Parse, Builtin or Random; it panics on any other that cannot be run.
func Run(m Mechanism, s Script) Outcome {
	return play(m, s).against(play(Mechanisms()[0], s))
}

// play runs the script and leaves Lost and False to be found.
func play(m Mechanism, s Script) Outcome {
	p := player{
		states:  make(map[string]State),
		puts:    make(map[string]uint64),
		clients: make(map[string]uint64),
		seen:    make(map[string]Seen),
	}
	for _, r := range s.Replicas {
		p.states[r] = m.Empty
	}
	for _, step := range s.Steps {
		p.step(m, s.Replicas, step)
	}
	return p.outcome(s.Replicas)
}

// player is a script in the course of being played.
type player struct {
	states        map[string]State
	puts, clients map[string]uint64 // writes so far, by replica and by client
	seen          map[string]Seen   // by the handle of the get
	entriesMax    int
	siblingsMax   int
}

func (p *player) step(m Mechanism, replicas []string, s Step) {
	switch s.Op {
	case OpPut:
		p.puts[s.Replica]++
		p.clients[s.Client]++
		w := Write{Value: s.Value, Replica: s.Replica, Event: p.puts[s.Replica],
			Client: s.Client, ClientEvent: p.clients[s.Client], Time: s.Time}
		for _, h := range s.Seen {
			w.Seen = append(w.Seen, p.seen[h])
		}
		p.set(s.Replica, p.states[s.Replica].Put(w))
	case OpGet:
		merged := m.Empty
		for _, r := range s.ReadsFrom() {
			merged = merged.Merge(p.states[r])
		}
		_, p.seen[s.As] = merged.Read()
	case OpSync:
		p.set(s.To, p.states[s.To].Merge(p.states[s.From]))
	case OpConverge:
		p.converge(replicas)
	default:
		panic(fmt.Sprintf("baseline: %s cannot be run under a mechanism: use Parse", s.Op))
	}
}

// converge has every replica hear of every other, twice: the second time what went round by a third arrives.
func (p *player) converge(replicas []string) {
	for range 2 {
		for _, to := range replicas {
			for _, from := range replicas {
				if from != to {
					p.set(to, p.states[to].Merge(p.states[from]))
				}
			}
		}
	}
}

func (p *player) set(replica string, s State) {
	p.states[replica] = s
	values, _ := s.Read()
	p.entriesMax = max(p.entriesMax, s.Entries())
	p.siblingsMax = max(p.siblingsMax, len(values))
}

func (p *player) outcome(replicas []string) Outcome {
	first := p.states[replicas[0]]
	o := Outcome{Final: sorted(first), Agree: true, Entries: first.Entries(),
		EntriesMax: p.entriesMax, SiblingsMax: p.siblingsMax}
	for _, r := range replicas[1:] {
		o.Agree = o.Agree && slices.Equal(sorted(p.states[r]), o.Final)
	}
	return o
}

func (o Outcome) against(truth Outcome) Outcome {
	o.Lost = without(truth.Final, o.Final)
	o.False = without(o.Final, truth.Final)
	return o
}

func sorted(s State) []string {
	values, _ := s.Read()
	return slices.Sorted(slices.Values(values))
}

// without lists what is in a and not in b; it is never nil, so that JSON shows an empty list.
func without(a, b []string) []string {
	out := []string{}
	for _, v := range a {
		if !slices.Contains(b, v) {
			out = append(out, v)
		}
	}
	return out
}
