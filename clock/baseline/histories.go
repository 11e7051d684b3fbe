package baseline

import (
	"maps"
	"slices"
)

// histories is the definition itself: each version carries the set of all events in its past, and its own.
type histories []history

type history struct {
	own    event
	events events
	value  string
}

type event struct {
	replica string
	number  uint64
}

type events map[event]bool

func (h histories) Put(w Write) State {
	past := events{}
	for _, seen := range w.Seen {
		maps.Copy(past, seen.(events))
	}
	own := event{w.Replica, w.Event}
	past[own] = true
	return h.Merge(histories{{own, past, w.Value}})
}

func (h histories) Merge(from State) State {
	all := slices.Clone(h)
	for _, x := range from.(histories) {
		if !slices.ContainsFunc(h, func(y history) bool { return x.own == y.own }) {
			all = append(all, x)
		}
	}
	return slices.DeleteFunc(all, func(x history) bool {
		return slices.ContainsFunc(slices.Concat(h, from.(histories)), func(y history) bool {
			return x.own != y.own && y.events[x.own]
		})
	})
}

func (h histories) Read() ([]string, Seen) {
	var values []string
	seen := events{}
	for _, x := range h {
		values = append(values, x.value)
		maps.Copy(seen, x.events)
	}
	return values, seen
}

func (h histories) Entries() int {
	n := 0
	for _, x := range h {
		n += len(x.events)
	}
	return n
}
