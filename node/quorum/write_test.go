package quorum

import (
	"slices"
	"testing"
)

// writeEvent is what may happen to one place of a write.
type writeEvent struct {
	what    string // ack, lost, close
	place   int
	node    uint64
	durable bool
}

// primary says whether the event's node is the place's own.
func (e writeEvent) primary() bool { return e.node == primaryOf(e.place) }

func writeAlphabet() []writeEvent {
	var all []writeEvent
	for i := range places {
		all = append(all,
			writeEvent{"ack", i, primaryOf(i), true},
			writeEvent{"ack", i, primaryOf(i), false},
			writeEvent{"ack", i, fallback1, true},
			writeEvent{"ack", i, fallback2, false},
			writeEvent{what: "lost", place: i},
			writeEvent{what: "close", place: i},
		)
	}
	return all
}

// writeCount is what a recount finds.
type writeCount struct{ total, primary, fallback, durable int }

func (c writeCount) meets(need WriteNeed) bool {
	return c.total >= need.W && c.primary >= need.PW && c.durable >= need.DW
}

// standing goes through the story as somebody with pencil and paper would: who stands at each place, and which
// places have anything on disk.
func standing(story []writeEvent) (at map[int]uint64, onDisk map[int]bool) {
	at, onDisk = map[int]uint64{}, map[int]bool{}
	for _, e := range story {
		if e.what != "ack" {
			continue
		}
		elsewhere := false
		for place, node := range at {
			elsewhere = elsewhere || place != e.place && node == e.node
		}
		if _, taken := at[e.place]; elsewhere || taken && !e.primary() {
			continue
		}
		at[e.place] = e.node
		onDisk[e.place] = onDisk[e.place] || e.durable
	}
	return at, onDisk
}

func recountWrite(story []writeEvent) writeCount {
	at, onDisk := standing(story)
	c := writeCount{total: len(at)}
	for place, node := range at {
		if node == primaryOf(place) {
			c.primary++
		} else {
			c.fallback++
		}
		if onDisk[place] {
			c.durable++
		}
	}
	return c
}

// bestEnd lets everybody answer who still may, with the best answer there is: a primary that has not answered
// and is not lost, and else a fresh fallback where the place has nobody and is not closed.
func bestEnd(story []writeEvent) []writeEvent {
	at, _ := standing(story)
	lost, closed := map[int]bool{}, map[int]bool{}
	for _, e := range story {
		lost[e.place] = lost[e.place] || e.what == "lost"
		closed[e.place] = closed[e.place] || e.what == "close"
	}
	end := slices.Clone(story)
	for i := range places {
		switch {
		case closed[i] || at[i] == primaryOf(i):
		case !lost[i]:
			end = append(end, writeEvent{"ack", i, primaryOf(i), true})
		case at[i] == 0:
			end = append(end, writeEvent{"ack", i, uint64(100 + i), true})
		}
	}
	return end
}

func TestEveryStoryOfAWriteIsCountedAsByHand(t *testing.T) {
	bad := failures{t: t}
	var needs []WriteNeed
	for w := 1; w <= places; w++ {
		for pw := 0; pw <= w; pw++ {
			for dw := 0; dw <= w; dw++ {
				needs = append(needs, WriteNeed{w, pw, dw})
			}
		}
	}
	stories := 0
	sequences(writeAlphabet(), func(story []writeEvent) {
		stories++
		now, best := recountWrite(story), recountWrite(bestEnd(story))
		for _, need := range needs {
			tally := tell(NewWrite(need, places), story)
			var got writeCount
			got.total, got.primary, got.fallback, got.durable = tally.Counts()
			if got != now {
				bad.add("%v: counts %+v, want %+v", story, got, now)
			}
			want := Pending
			switch {
			case now.meets(need):
				want = Met
			case !best.meets(need):
				want = Unreachable
			}
			if got := tally.Result(); got != want {
				bad.add("%+v after %v: %s, want %s", need, story, got, want)
			}
			if tally.AllAcked() != (now.total == places) {
				bad.add("%v: all acked %t", story, tally.AllAcked())
			}
		}
	})
	t.Logf("%d stories, %d needs", stories, len(needs))
}

func tell(t *Write, story []writeEvent) *Write {
	for _, e := range story {
		switch e.what {
		case "ack":
			t.Ack(e.place, e.node, e.primary(), e.durable)
		case "lost":
			t.Lost(e.place)
		case "close":
			t.Close(e.place)
		}
	}
	return t
}

func TestAMetWriteStaysMetWhateverFollows(t *testing.T) {
	bad := failures{t: t}
	need := WriteNeed{W: 2, PW: 1, DW: 1}
	sequences(writeAlphabet(), func(story []writeEvent) {
		if len(story) == 0 {
			return
		}
		before := tell(NewWrite(need, places), story[:len(story)-1]).Result()
		after := tell(NewWrite(need, places), story).Result()
		if before == Met && after != Met {
			bad.add("%v: met, and then %s", story, after)
		}
	})
}
