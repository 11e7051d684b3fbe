package clock_test

import (
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
)

// names gives actors to the names of a script, in the order in which it meets them and downwards, so that
// the order of actors is not that of names.
type names struct {
	actors map[string]clock.Actor
	byID   map[clock.Actor]string
}

func newNames() *names { return &names{map[string]clock.Actor{}, map[clock.Actor]string{}} }

func (n *names) actor(name string) clock.Actor {
	a, known := n.actors[name]
	if !known {
		a = clock.Actor(1<<20 - len(n.actors))
		n.actors[name], n.byID[a] = a, name
	}
	return a
}

func (n *names) event(d clock.Dot) string { return fmt.Sprint(n.byID[d.Actor], d.Counter) }

// events lists a clock's events by name, ordered bytewise.
func (n *names) events(c clock.Clock) []string {
	var out []string
	for _, d := range dotsOf(c) {
		out = append(out, n.event(d))
	}
	slices.Sort(out)
	return out
}

// dotsOf lists all events of a clock.
func dotsOf(c clock.Clock) []clock.Dot {
	var out []clock.Dot
	c.Each(func(a clock.Actor, r clock.Run) bool {
		for n := r.After; n < r.Upto; n++ {
			out = append(out, clock.Dot{Actor: a, Counter: n + 1})
		}
		return true
	})
	return out
}

// only is the clock of a single event.
func only(d clock.Dot) clock.Clock {
	return clock.Of(d.Actor, clock.Run{After: d.Counter - 1, Upto: d.Counter})
}
