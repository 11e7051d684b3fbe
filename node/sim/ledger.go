package sim

import (
	"fmt"
	"slices"
	"sync"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// Ledger holds every version that anybody was seen to hold or to send. It is the checkers' only look behind
// the API: it tells which value a dot stands for. All methods may be called concurrently.
type Ledger struct {
	mu       sync.Mutex
	versions map[clock.Dot]clock.Version
	values   map[string]map[string][]clock.Dot // by key and value
	faults   []string
}

func newLedger() *Ledger {
	return &Ledger{versions: map[clock.Dot]clock.Version{}, values: map[string]map[string][]clock.Dot{}}
}

// note enters what was seen of a key, as "bucket/name".
func (l *Ledger) note(key string, o node.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range o.Versions {
		known, met := l.versions[v.Dot]
		if !met {
			l.versions[v.Dot] = v
		} else if !known.Equal(v) {
			l.faults = append(l.faults, fmt.Sprintf("%s: dot %s stands for two versions", key, v.Dot))
		}
		if c := o.Content(v.Content); !v.Tombstone && c != nil && !c.LeftOut {
			l.enter(key, string(c.Value), v.Dot)
		}
	}
}

func (l *Ledger) enter(key, value string, d clock.Dot) {
	of := l.values[key]
	if of == nil {
		of = map[string][]clock.Dot{}
		l.values[key] = of
	}
	if !slices.Contains(of[value], d) {
		of[value] = append(of[value], d)
	}
}

// Dots gives the dots of every value that the key ever had.
func (l *Ledger) Dots(key string) map[string][]clock.Dot {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string][]clock.Dot{}
	for value, dots := range l.values[key] {
		out[value] = slices.Clone(dots)
	}
	return out
}

// Faults lists the dots that stood for two versions.
func (l *Ledger) Faults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(l.faults)
	slices.Sort(out)
	return slices.Compact(out)
}

// noteMessage enters what a message carries.
func (l *Ledger) noteMessage(asked, m node.Message) {
	switch m := m.(type) {
	case *node.MergeRequest:
		l.note(m.Key.Bucket+"/"+m.Key.Name, m.Object)
	case *node.FetchReply:
		if f, ok := asked.(*node.FetchRequest); ok {
			l.note(f.Key.Bucket+"/"+f.Key.Name, m.Object)
		}
	}
}
