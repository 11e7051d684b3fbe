package clock

import "fmt"

// Source is the actor under which a replica coordinates a write.
type Source struct {
	Actor Actor
	// Counter is the new event's number, above every number that the actor ever issued for any key.
	Counter uint64
	// Since is the highest number that the actor had issued when the replica's record of this key came into
	// being. What the actor did to the key before was forgotten with the earlier record, and is claimed by
	// nothing that is written now.
	Since uint64
}

// Update gives the dot and the past of a new version: context is what the client had seen (folded, see
// Fold), set is what the replica holds. The caller fills the version's content, and merges it into the set
// with Sync. Before it, Repeats must have said no of both the context and the set; Update panics where the
// number is known to have been issued already.
//
// Source: function update of Preguiça et al. (2010), section 5, with runs in place of the maximum.
func Update(context Clock, set Set, s Source) Version {
	v := Version{
		Dot:   Dot{s.Actor, s.Counter},
		After: max(s.Since, set.last(s.Actor)),
		Past:  context,
	}
	if fault := v.fault(); fault != "" {
		panic(fmt.Sprintf("clock: no such write: %s, since %d: %s", v.Dot, s.Since, fault))
	}
	return v
}

// Repeats says whether seen (a clock that came from outside) proves that the actor went back in time: it
// holds an event of the actor above every number that the actor issued, or one above since that the
// replica's own record of the key (known) does not hold. Such an actor must never issue another number.
// s.Counter is here the last number that the actor issued.
//
// The runs that a healthy actor issued for the key since its record came into being follow each other without
// a gap, and all are in the record: so a run of seen may be held against the record as a whole, other keys'
// numbers included.
func Repeats(seen, known Clock, s Source) bool {
	record := known.runs(s.Actor)
	for _, r := range seen.runs(s.Actor) {
		if r.Upto > s.Counter {
			return true
		}
		if r.Upto > s.Since && !includes(record, Run{max(r.After, s.Since), r.Upto}) {
			return true
		}
	}
	return false
}
