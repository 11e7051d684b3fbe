package clock

// Order is the relation of two sets of events.
type Order int

// The four relations that two sets of events may stand in.
const (
	Concurrent Order = iota
	Before
	After
	Equal
)

// String gives the relation's name in lower case.
func (o Order) String() string { return [...]string{"concurrent", "before", "after", "equal"}[o] }

// Compare says how c stands to o: Before when all of c is in o and not the reverse.
func (c Clock) Compare(o Clock) Order {
	in, out := o.Includes(c), c.Includes(o)
	switch {
	case in && out:
		return Equal
	case in:
		return Before
	case out:
		return After
	}
	return Concurrent
}
