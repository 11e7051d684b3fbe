package baseline

import (
	"crypto/sha256"
	"hash/fnv"
	"maps"

	"github.com/kindreddb/kindred/clock"
)

// dotted is this database's own kernel: a dotted version vector with each version.
type dotted struct {
	set    clock.Set
	values map[clock.Dot]string
}

func (d dotted) Put(w Write) State {
	var seen clock.Clock
	for _, s := range w.Seen {
		seen = seen.Join(s.(clock.Clock))
	}
	v := clock.Update(seen, d.set, clock.Source{Actor: actorOf(w.Replica), Counter: w.Event})
	v.Content = contentOf(w.Value)
	return d.Merge(dotted{clock.Set{v}, map[clock.Dot]string{v.Dot: w.Value}})
}

func (d dotted) Merge(from State) State {
	f := from.(dotted)
	out := dotted{clock.Sync(d.set, f.set), maps.Clone(f.values)}
	if out.values == nil {
		out.values = map[clock.Dot]string{}
	}
	maps.Copy(out.values, d.values)
	return out
}

func (d dotted) Read() ([]string, Seen) {
	var values []string
	for _, v := range d.set {
		values = append(values, d.values[v.Dot])
	}
	return values, d.set.Context()
}

func (d dotted) Entries() int {
	n := 0
	for _, v := range d.set {
		n += v.Clock().Actors()
	}
	return n
}

// actorOf gives each replica of a script an actor.
func actorOf(replica string) clock.Actor {
	h := fnv.New64a()
	h.Write([]byte(replica))
	return clock.Actor(max(h.Sum64(), 1))
}

func contentOf(value string) clock.Digest {
	sum := sha256.Sum256([]byte(value))
	return clock.Digest(sum[:])
}
