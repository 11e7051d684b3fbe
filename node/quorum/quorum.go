// Package quorum counts answers. A tally is a value that is told what happened and says whether enough has
// come, may still come, or cannot come any more; sending and waiting are somebody else's.
//
// An answer is counted for a place of the key's preference list and for the node that gave it: each place
// and each node counts once, so that two acks are always two disks.
package quorum

// Result is the state of a tally.
type Result int

// An operation waits, has what it needs, or cannot get it any more.
const (
	Pending Result = iota
	Met
	Unreachable
)

// String gives the result's name in lower case.
func (r Result) String() string { return [...]string{"pending", "met", "unreachable"}[r] }
