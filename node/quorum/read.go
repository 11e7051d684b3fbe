package quorum

// ReadNeed is what a read wants: answers in all, and of primaries.
type ReadNeed struct {
	R, PR int
}

// Worth is what an answer may stand under.
type Worth int

// An answer is worth nothing while there is none. Partial is that of a replica whose memory is incomplete:
// it counts only when everybody was asked and too few know. StandIn is that of a fallback which holds
// nothing: it counts under a value and never under an absence. Knowing is that of a complete replica, or of
// a fallback for what it holds.
const (
	NoAnswer Worth = iota
	Partial
	StandIn
	Knowing
)

// Read counts the answers of a read. It is for one goroutine.
type Read struct {
	need   ReadNeed
	places []answerPlace
}

// answerPlace is one place of the preference list.
type answerPlace struct {
	node    uint64 // who answered for it
	primary bool   // the answer is its primary's own
	worth   Worth
	closed  bool // nobody is left to ask for it
}

// NewRead begins to count over the first places of the preference list, one for each replica.
func NewRead(need ReadNeed, places int) *Read {
	return &Read{need, make([]answerPlace, places)}
}

// Answer counts the node's answer for the place: the better of two answers, and a primary's before another's
// of the same worth. A node that counts elsewhere already adds nothing.
func (t *Read) Answer(i int, node uint64, primary bool, worth Worth) {
	for j, p := range t.places {
		if j != i && p.node == node {
			return
		}
	}
	p := &t.places[i]
	if worth > p.worth || worth == p.worth && primary {
		p.node, p.primary, p.worth = node, primary, worth
	}
}

// Close says that nobody is left to ask for the place.
func (t *Read) Close(i int) { t.places[i].closed = true }

// Worth is that of the place's answer.
func (t *Read) Worth(i int) Worth { return t.places[i].worth }

// Counts gives the answers so far: in all, of primaries, of fallbacks.
func (t *Read) Counts() (total, primary, fallback int) {
	for _, p := range t.places {
		switch {
		case p.worth == NoAnswer:
			continue
		case p.primary:
			primary++
		default:
			fallback++
		}
		total++
	}
	return total, primary, fallback
}

// Missing is how many answers more the read wants, were each to be worth its best; values says whether what
// was read so far holds a visible value.
func (t *Read) Missing(values bool) int {
	enough, primaries := t.standing(values)
	return max(t.need.R-enough, t.need.PR-primaries, 0)
}

// Result says whether the read may be answered. An absence rests on answers that know. A value rests on
// those and on fallbacks that stand in; once every place is closed, partial answers count under it too.
func (t *Read) Result(values bool) Result {
	if t.Missing(values) == 0 {
		return Met
	}
	for _, p := range t.places {
		if !p.closed && !(p.primary && p.worth == Knowing) {
			return Pending
		}
	}
	total, _, _ := t.Counts()
	_, primaries := t.standing(values)
	if values && total >= t.need.R && primaries >= t.need.PR {
		return Met
	}
	return Unreachable
}

// standing counts the answers that may stand under the result, and the primaries among those that know.
func (t *Read) standing(values bool) (enough, primaries int) {
	for _, p := range t.places {
		if p.worth == Knowing || values && p.worth == StandIn {
			enough++
		}
		if p.primary && p.worth == Knowing {
			primaries++
		}
	}
	return enough, primaries
}
