package clock

import (
	"cmp"
	"fmt"
)

// Actor is one incarnation of one node's copy of a range of keys: 64 random bits. Its counter is shared by
// all keys of the range. Zero is no actor.
type Actor uint64

// String gives 16 hexadecimal digits.
func (a Actor) String() string { return fmt.Sprintf("%016x", uint64(a)) }

// Dot names one event: the write that an actor numbered Counter. No two writes ever share one.
type Dot struct {
	Actor   Actor
	Counter uint64
}

// String gives the public form of a dot, for example "9f1c27d0a1b2c3d4@412".
func (d Dot) String() string { return fmt.Sprintf("%s@%d", d.Actor, d.Counter) }

// Compare orders dots by actor, then by counter.
func (d Dot) Compare(e Dot) int {
	return cmp.Or(cmp.Compare(d.Actor, e.Actor), cmp.Compare(d.Counter, e.Counter))
}
