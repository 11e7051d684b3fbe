package quorum

import "testing"

// readEvent is what may happen to one place of a read.
type readEvent struct {
	what  string // answer, close
	place int
	node  uint64
	worth Worth
}

func (e readEvent) primary() bool { return e.node == primaryOf(e.place) }

func readAlphabet() []readEvent {
	var all []readEvent
	for i := range places {
		all = append(all,
			readEvent{"answer", i, primaryOf(i), Partial},
			readEvent{"answer", i, primaryOf(i), Knowing},
			readEvent{"answer", i, fallback1, StandIn},
			readEvent{"answer", i, fallback1, Knowing},
			readEvent{"answer", i, fallback2, StandIn},
			readEvent{what: "close", place: i},
		)
	}
	return all
}

// spot is what stands at one place after a recount.
type spot struct {
	node    uint64
	primary bool
	worth   Worth
	closed  bool
}

// recountRead goes through the story by hand.
func recountRead(story []readEvent) [places]spot {
	var at [places]spot
	for _, e := range story {
		if e.what == "close" {
			at[e.place].closed = true
			continue
		}
		elsewhere := false
		for i := range at {
			elsewhere = elsewhere || i != e.place && at[i].node == e.node
		}
		was := at[e.place]
		if !elsewhere && (e.worth > was.worth || e.worth == was.worth && e.primary()) {
			at[e.place] = spot{e.node, e.primary(), e.worth, was.closed}
		}
	}
	return at
}

// count counts the places of which the condition holds.
func count(at [places]spot, is func(spot) bool) int {
	n := 0
	for _, s := range at {
		if is(s) {
			n++
		}
	}
	return n
}

// mayAnswer is the rule in words: an absence rests on those who know; a value also on those who stand in; and
// when nobody is left to ask, also on those who know in part.
func mayAnswer(at [places]spot, need ReadNeed, values bool) bool {
	knowing := count(at, func(s spot) bool { return s.worth == Knowing })
	standIns := count(at, func(s spot) bool { return s.worth == StandIn })
	partial := count(at, func(s spot) bool { return s.worth == Partial })
	primaries := count(at, func(s spot) bool { return s.worth == Knowing && s.primary })
	if primaries < need.PR {
		return false
	}
	if !values {
		return knowing >= need.R
	}
	enough := knowing + standIns
	if over(at) {
		enough += partial
	}
	return enough >= need.R
}

// over says whether nobody is left to ask: every place is closed, or has the best answer that it could have.
func over(at [places]spot) bool {
	return places == count(at, func(s spot) bool { return s.closed || s.primary && s.worth == Knowing })
}

func TestEveryStoryOfAReadIsCountedAsByHand(t *testing.T) {
	bad := failures{t: t}
	var needs []ReadNeed
	for r := 1; r <= places; r++ {
		for pr := 0; pr <= r; pr++ {
			needs = append(needs, ReadNeed{r, pr})
		}
	}
	stories := 0
	sequences(readAlphabet(), func(story []readEvent) {
		stories++
		at := recountRead(story)
		for _, need := range needs {
			tally := hear(NewRead(need, places), story)
			total, primary, fallback := tally.Counts()
			if primary != count(at, func(s spot) bool { return s.worth != NoAnswer && s.primary }) ||
				fallback != count(at, func(s spot) bool { return s.worth != NoAnswer && !s.primary }) || total != primary+fallback {
				bad.add("%v: %d answers, %d of primaries, %d of fallbacks; by hand %+v", story, total, primary, fallback, at)
			}
			for i := range at {
				if tally.Worth(i) != at[i].worth {
					bad.add("%v: place %d is worth %d, want %d", story, i, tally.Worth(i), at[i].worth)
				}
			}
			for _, values := range []bool{false, true} {
				want := Pending
				switch {
				case mayAnswer(at, need, values):
					want = Met
				case over(at):
					want = Unreachable
				}
				if got := tally.Result(values); got != want {
					bad.add("%+v, values %t, after %v: %s, want %s", need, values, story, got, want)
				}
			}
		}
	})
	t.Logf("%d stories, %d needs", stories, len(needs))
}

func hear(t *Read, story []readEvent) *Read {
	for _, e := range story {
		if e.what == "close" {
			t.Close(e.place)
		} else {
			t.Answer(e.place, e.node, e.primary(), e.worth)
		}
	}
	return t
}

func TestWhatAReadMissesAreTheAnswersThatWouldMeetIt(t *testing.T) {
	bad := failures{t: t}
	need := ReadNeed{R: 2, PR: 1}
	sequences(readAlphabet(), func(story []readEvent) {
		at := recountRead(story)
		knowing := count(at, func(s spot) bool { return s.worth == Knowing })
		standIns := count(at, func(s spot) bool { return s.worth == StandIn })
		primaries := count(at, func(s spot) bool { return s.worth == Knowing && s.primary })
		for values, enough := range map[bool]int{false: knowing, true: knowing + standIns} {
			want := max(need.R-enough, need.PR-primaries, 0)
			if got := hear(NewRead(need, places), story).Missing(values); got != want {
				bad.add("values %t after %v: %d are missing, want %d", values, story, got, want)
			}
		}
	})
}

func TestAnAbsenceNeverRestsOnWhoKnowsNothingOfTheKey(t *testing.T) {
	bad := failures{t: t}
	for r := 1; r <= places; r++ {
		sequences(readAlphabet(), func(story []readEvent) {
			know := map[uint64]bool{}
			for _, e := range story {
				if e.worth == Knowing {
					know[e.node] = true
				}
			}
			if got := hear(NewRead(ReadNeed{R: r}, places), story).Result(false); got == Met && len(know) < r {
				bad.add("r=%d after %v: an absence on %d nodes that know", r, story, len(know))
			}
		})
	}
}
