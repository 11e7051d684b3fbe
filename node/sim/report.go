package sim

import (
	"fmt"
	"slices"
	"strings"
)

// Report is what a run came to.
type Report struct {
	Seed     Seed
	Hazard   Hazard
	Trace    *Trace
	History  *History
	Final    map[string][]string // values that stand in the end, by key
	Outcomes [Info + 1]int       // operations, by outcome
	Excused  []string            // acknowledged writes that may have been overwritten by one of unknown outcome
	// Violations are what the checkers found, each line with the checker's name before it.
	Violations []string
}

func (r *Report) found(checker string, faults []string) {
	for _, f := range faults {
		r.Violations = append(r.Violations, checker+": "+f)
	}
}

// Hash is one number for all that the run did and came to: equal for equal runs.
func (r *Report) Hash() uint64 {
	var b strings.Builder
	var keys []string
	for key := range r.Final {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintln(&b, key, r.Final[key])
	}
	b.WriteString(r.History.String())
	return mix(r.Trace.Hash() ^ hashBytes([]byte(b.String())))
}

// String tells the run's figures and what is wrong, with the operations on the keys that are concerned.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d messages, %d operations ok, %d failed, %d open to the end, %d writes excused\n",
		r.Seed, r.Trace.Len(), r.Outcomes[OK], r.Outcomes[Fail], r.Outcomes[Info], len(r.Excused))
	for _, v := range r.Violations {
		fmt.Fprintln(&b, v)
	}
	if len(r.Violations) == 0 {
		return b.String()
	}
	for _, o := range r.History.Ops() {
		if strings.Contains(strings.Join(r.Violations, "\n"), o.Key) {
			fmt.Fprintln(&b, o)
		}
	}
	return b.String()
}
