package clock_test

import (
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// TestStories tells the interleavings that the rules are there for, each under the right rules and under
// those that leave one out. Steps are numbered from 0; a write or a read is later named by its number.
func TestStories(t *testing.T) {
	for _, story := range []struct {
		name   string
		wrong  rules
		script []op
		right  []int // the values that every replica shows in the end
		broken []int // the same under the wrong rules
	}{
		{
			name:  "a writer that never saw the sibling beside its own write does not overwrite it through others",
			wrong: rules{fold: true, maximum: true},
			script: []op{
				{kind: put, at: 0, value: 1},                 // the standing sibling, blind
				{kind: send, at: 0, to: 2},                   // acknowledged by 0 and 2
				{kind: put, at: 0, value: 2, skip: 2},        // blind as well; its writer gets its own clock alone
				{kind: put, at: 1, value: 3, seen: []int{2}}, // goes on at 1, which has heard of nothing
				{kind: read, reads: []int{1}},                // shows 3 only
				{kind: put, at: 1, value: 4, seen: []int{4}},
				{kind: converge},
			},
			right:  []int{1, 4},
			broken: []int{4},
		},
		{
			name:  "a replica that forgot a key makes no claim over what it once wrote there",
			wrong: rules{fold: true, withoutSince: true},
			script: []op{
				{kind: put, at: 0, value: 1},
				{kind: put, at: 0, value: 2, skip: 3},
				{kind: handover, at: 0, to: 1}, // a fallback hands its hint over
				{kind: put, at: 0, value: 3},   // and coordinates again, blind
				{kind: read, reads: []int{0}},  // shows 3 only
				{kind: put, at: 0, value: 4, seen: []int{4}},
				{kind: converge},
			},
			right:  []int{1, 2, 4},
			broken: []int{4},
		},
		{
			name:  "a set that comes back to a replica that forgot it stands beside the next write",
			wrong: rules{fold: true, withoutSince: true},
			script: []op{
				{kind: put, at: 0, value: 1},
				{kind: capture, at: 0},
				{kind: put, at: 0, value: 2}, // blind
				{kind: handover, at: 0, to: 1},
				{kind: deliver, at: 0, message: 1}, // the older set: value 1 alone
				{kind: put, at: 0, value: 3, skip: 1},
				{kind: read, reads: []int{0}}, // shows 1 and 3
				{kind: put, at: 0, value: 4, seen: []int{6}},
				{kind: converge},
			},
			right:  []int{2, 4},
			broken: []int{4},
		},
		{
			name:  "a key that was deleted and reaped takes a new write, whatever old contexts cover",
			wrong: rules{fold: true, counterInRecord: true},
			script: []op{
				{kind: put, at: 0, value: 1},
				{kind: read, reads: []int{0}},
				{kind: del, at: 0, seen: []int{1}},
				{kind: read, reads: []int{0}},
				{kind: reap},
				{kind: put, at: 0, value: 2},
				{kind: put, at: 1, value: 3, seen: []int{3}}, // by who last saw the deletion
				{kind: converge},
			},
			right:  []int{2, 3},
			broken: []int{3},
		},
		{
			name:  "a deleted value stays away though a later write knew only the deletion's fold",
			wrong: rules{fold: true, loneDots: true},
			script: []op{
				{kind: put, at: 0, value: 1},
				{kind: read, reads: []int{0}},
				{kind: converge},
				{kind: del, at: 0, seen: []int{1}},
				{kind: send, at: 0, to: 2},
				{kind: put, at: 0, value: 2},                 // blind: folds the deletion
				{kind: send, at: 0, to: 2},                   // and is all that 2 still holds
				{kind: put, at: 1, value: 3, seen: []int{5}}, // at a replica that still holds value 1
				{kind: converge},
				{kind: converge}, // under the wrong rules once is not enough: merging is not associative
			},
			right:  []int{3},
			broken: []int{1, 3},
		},
	} {
		t.Run(story.name, func(t *testing.T) {
			tell(t, rules{fold: true}, story.script, story.right)
			tell(t, rules{}, story.script, story.right)
			tell(t, story.wrong, story.script, story.broken)
		})
	}
}

func tell(t *testing.T, r rules, script []op, want []int) {
	t.Helper()
	k := newKernel(t, 3, r)
	for _, s := range script {
		k.do(s)
	}
	for at := range k.replicas {
		if got := k.shown(at); !slices.Equal(got, want) {
			t.Errorf("under %+v replica %d shows %v, want %v", r, at, got, want)
		}
	}
}

// TestAnActorThatWentBackIsFoundOut: a folder is restored, and clients still hold contexts from its future.
func TestAnActorThatWentBackIsFoundOut(t *testing.T) {
	for _, test := range []struct {
		name        string
		seen, known string
		counter     uint64
		since       uint64
		repeats     bool
	}{
		{"an event above the counter", "1(0,9]", "1(0,5]", 8, 0, true},
		{"an event above since that the record does not hold", "1(0,7]", "1(0,5]", 8, 0, true},
		{"an event in a gap of the record", "1(4,5]", "1(0,3] 1(6,7]", 8, 0, true},
		{"an event in a gap, behind one that the record holds", "1(0,7]", "1(0,3] 1(6,7]", 8, 0, true},
		{"an event in a gap from before since", "1(0,7]", "1(0,3] 1(6,7]", 8, 6, false},
		{"an event at since, forgotten with the earlier record", "1(0,5]", "", 8, 5, false},
		{"an event in the record", "1(0,7] 2(0,90]", "1(0,7]", 8, 0, false},
		{"another actor alone", "2(0,90]", "", 8, 0, false},
		{"nothing", "", "1(0,5]", 8, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := clock.Source{Actor: 1, Counter: test.counter, Since: test.since}
			if got := clock.Repeats(parseClock(t, test.seen), parseClock(t, test.known), s); got != test.repeats {
				t.Errorf("%t, want %t", got, test.repeats)
			}
		})
	}
}
