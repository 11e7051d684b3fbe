package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// handmade builds a history of one key from operations that follow each other, a second each.
func handmade(ops ...Op) []*Op {
	var out []*Op
	for i, o := range ops {
		o.Index, o.Key = i, "k"
		if o.Ended == 0 {
			o.Began, o.Ended = time.Duration(i)*time.Second, time.Duration(i)*time.Second+time.Millisecond
		}
		out = append(out, &o)
	}
	return out
}

func knowing(values ...string) *Token { return &Token{Shown: values} }

func write(value string, outcome Outcome, seen *Token) Op {
	return Op{Kind: Write, Value: value, Outcome: outcome, Sent: seen}
}

func read(values ...string) Op {
	return Op{Kind: Read, Outcome: OK, Values: values, Got: knowing(values...)}
}

func stand(values ...string) map[string][]string { return map[string][]string{"k": values} }

// Each checker is run on small histories, good and bad: want is a part of what it must find, "" for nothing.
func TestCheckersOnHandMadeHistories(t *testing.T) {
	deleted := func(seen *Token, outcome Outcome) Op { return Op{Kind: Delete, Outcome: outcome, Sent: seen} }
	lost := func(ops []*Op, final map[string][]string) []string {
		lost, _ := Lost(ops, final)
		return lost
	}
	excused := func(ops []*Op, final map[string][]string) []string {
		_, excused := Lost(ops, final)
		return excused
	}
	for _, c := range []struct {
		name  string
		check func([]*Op, map[string][]string) []string
		ops   []*Op
		final map[string][]string
		want  string
	}{
		{"an acknowledged write that stands is not lost", lost, handmade(write("x", OK, nil)), stand("x"), ""},
		{"an acknowledged write that is gone is lost", lost, handmade(write("x", OK, nil)), stand(), "x"},
		{"a write of unknown outcome may be gone", lost, handmade(write("x", Info, nil)), stand(), ""},
		{"a refused write is gone", lost, handmade(write("x", Fail, nil)), stand(), ""},
		{"a write that another had seen may be gone", lost, handmade(write("x", OK, nil), write("y", OK, knowing("x"))), stand("y"), ""},
		{"a write that another had not seen must stand beside it", lost, handmade(write("x", OK, nil), write("y", OK, nil)), stand("y"), "x"},
		{"a write that was seen through a chain may be gone", lost,
			handmade(write("x", OK, nil), write("y", OK, knowing("x")), write("z", OK, knowing("y"))), stand("z"), ""},
		{"the last of a chain must stand", lost, handmade(write("x", OK, nil), write("y", OK, knowing("x"))), stand(), "y"},
		{"a deletion covers what it had seen", lost, handmade(write("x", OK, nil), deleted(knowing("x"), OK)), stand(), ""},
		{"a deletion covers nothing else", lost, handmade(write("x", OK, nil), write("y", OK, nil), deleted(knowing("x"), OK)), stand(), "y"},
		{"a write of unknown outcome that was read covers what it had seen", lost,
			handmade(write("x", OK, nil), write("y", Info, knowing("x")), read("y"), deleted(knowing("y"), OK)), stand(), ""},
		{"a refused write covers nothing", lost, handmade(write("x", OK, nil), write("y", Fail, knowing("x"))), stand(), "x"},
		{"what only a deletion of unknown outcome had seen is excused", excused, handmade(write("x", OK, nil), deleted(knowing("x"), Info)), stand(), "x"},
		{"and is not lost", lost, handmade(write("x", OK, nil), deleted(knowing("x"), Info)), stand(), ""},
		{"what a deletion without a context may have met is excused", excused, handmade(write("x", OK, nil), deleted(nil, OK)), stand(), "x"},
		{"what was written after it is not", lost, handmade(deleted(nil, OK), write("x", OK, nil)), stand(), "x"},
		{"a read covers nothing", lost, handmade(write("x", OK, nil), Op{Kind: Read, Outcome: OK, Sent: knowing("x")}), stand(), "x"},

		{"a value that was written may be read", Phantoms, handmade(write("x", OK, nil), read("x")), stand("x"), ""},
		{"a value that nobody wrote may not", Phantoms, handmade(read("x")), stand(), "never written"},
		{"a value that is written later may not", Phantoms, handmade(read("x"), write("x", OK, nil)), stand("x"), "never written"},
		{"a value may be read while it is written", Phantoms,
			handmade(Op{Kind: Read, Outcome: OK, Values: []string{"x"}, Began: 1, Ended: 5 * time.Second}, write("x", OK, nil)), stand("x"), ""},
		{"a refused value may not be read", Phantoms, handmade(write("x", Fail, nil), read("x")), stand(), "refused"},
		{"a refused value may not stand", Phantoms, handmade(write("x", Fail, nil)), stand("x"), "refused"},
		{"one that was refused and then taken may", Phantoms, handmade(write("x", Fail, nil), write("x", OK, nil), read("x")), stand("x"), ""},
		{"a value of unknown outcome may be read", Phantoms, handmade(write("x", Info, nil), read("x")), stand("x"), ""},

		{"concurrent values stand side by side", FalseConflicts, handmade(write("x", OK, nil), write("y", OK, nil), read("x", "y")), stand("x", "y"), ""},
		{"a value does not stand beside what it overwrote", FalseConflicts, handmade(write("x", OK, nil), write("y", OK, knowing("x")), read("x", "y")), stand("y"), "whose writer had seen it"},
		{"nor in the end", FalseConflicts, handmade(write("x", OK, nil), write("y", OK, knowing("x"))), stand("x", "y"), "the final state"},
		{"a value that was written again may", FalseConflicts, handmade(write("x", OK, nil), write("y", OK, knowing("x")), write("x", OK, nil)), stand("x", "y"), ""},

		{"what was deleted stays deleted", Risen, handmade(write("x", OK, nil), deleted(knowing("x"), OK)), stand("x"), "stands, and was overwritten"},
		{"what a deletion had not seen survives", Risen, handmade(write("x", OK, nil), write("y", OK, nil), deleted(knowing("x"), OK)), stand("y"), ""},
		{"a deletion of unknown outcome may not have happened", Risen, handmade(write("x", OK, nil), deleted(knowing("x"), Info)), stand("x"), ""},
	} {
		got := strings.Join(c.check(c.ops, c.final), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

// The tokens of these histories hold dots of one actor: a value's dot is its place in the alphabet.
func TestTokenCheckersOnHandMadeHistories(t *testing.T) {
	clockOf := func(values string) (c clock.Clock) {
		for _, v := range values {
			n := uint64(v - 'a' + 1)
			c = c.Join(clock.Of(7, clock.Run{After: n - 1, Upto: n}))
		}
		return c
	}
	token := func(covers string, shown ...string) *Token { return &Token{Clock: clockOf(covers), Shown: shown} }
	dots := func(string) map[string][]clock.Dot {
		out := map[string][]clock.Dot{}
		for n, v := range []string{"a", "b", "c"} {
			out[v] = []clock.Dot{{Actor: 7, Counter: uint64(n + 1)}}
		}
		return out
	}
	got := func(o Op, t *Token) Op {
		o.Got = t
		return o
	}
	overreaching := func(ops []*Op) []string { return Overreaching(ops, dots, false) }
	ackedAlone := func(ops []*Op) []string { return Overreaching(ops, dots, true) }
	underreaching := func(ops []*Op) []string { return Underreaching(ops, dots) }
	covering := func(values ...string) Op {
		o := read(values...)
		o.Sent, o.Covers = token("a", "a"), true
		return o
	}
	for _, c := range []struct {
		name  string
		check func([]*Op) []string
		ops   []*Op
		want  string
	}{
		{"a token covers what was shown", overreaching, handmade(write("a", OK, nil), got(read("a"), token("a", "a"))), ""},
		{"a token covers a value that nobody had seen", overreaching, handmade(write("a", OK, nil), write("b", OK, nil), got(read("a"), token("ab", "a"))), `covers "b"`},
		{"a token covers a value that another had overwritten", overreaching,
			handmade(write("a", OK, nil), write("b", OK, knowing("a")), got(read("b"), token("ab", "b"))), ""},
		{"a token covers a value that another overwrote later", overreaching,
			handmade(write("a", OK, nil), got(write("b", OK, nil), token("ab", "b")), write("c", OK, knowing("a"))), `covers "a"`},
		{"a token covers a value that a refused write had seen", overreaching,
			handmade(write("a", OK, nil), write("b", Fail, knowing("a")), got(write("c", OK, nil), token("ac", "c"))), `covers "a"`},

		{"a token covers a value that was lost with a disk", ackedAlone, handmade(write("a", Info, nil), got(write("b", OK, nil), token("ab", "b"))), ""},
		{"a token covers a value that must not be lost with a disk", ackedAlone, handmade(write("a", OK, nil), got(write("b", OK, nil), token("ab", "b"))), `covers "a"`},

		{"a token misses a value that came with it", underreaching, handmade(write("a", OK, nil), got(read("a"), token("", "a"))), `does not cover "a"`},
		{"a write's token covers its own value", underreaching, handmade(got(write("a", OK, nil), token("a", "a"))), ""},
		{"a write's token misses its own value", underreaching, handmade(got(write("a", OK, nil), token("", "a"))), `does not cover "a"`},
		{"a write's token misses the token that was sent", underreaching,
			handmade(got(write("b", OK, token("a", "a")), token("b", "a", "b"))), "the one that was sent"},

		{"an answer that covers the token shows what it stands for", func(o []*Op) []string { return Backwards(o) },
			handmade(write("a", OK, nil), covering("a")), ""},
		{"an answer that covers the token lacks what it stands for", func(o []*Op) []string { return Backwards(o) },
			handmade(write("a", OK, nil), covering()), `lacks "a"`},
		{"an answer that covers the token shows what overwrote it", func(o []*Op) []string { return Backwards(o) },
			handmade(write("a", OK, nil), write("b", OK, knowing("a")), covering("b")), ""},
	} {
		found := strings.Join(c.check(c.ops), "\n")
		if (found == "") != (c.want == "") || !strings.Contains(found, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, found, c.want)
		}
	}
}

func TestTheQuorumCheckerOnHandMadeHistories(t *testing.T) {
	acked := func(primaries int) Op {
		o := write("x", OK, nil)
		o.Acks = node.Acks{N: 3, Total: primaries, Primary: primaries}
		return o
	}
	answered := func(primaries, fallbacks int, values ...string) Op {
		o := read(values...)
		o.Acks, o.R = node.Acks{N: 3, Total: primaries + fallbacks, Primary: primaries, Fallback: fallbacks}, 2
		return o
	}
	for _, c := range []struct {
		name      string
		ops       []*Op
		forgetful bool
		found     int
	}{
		{"two took it and two others were asked", handmade(acked(2), answered(2, 0)), false, 1},
		{"it was read", handmade(acked(2), answered(2, 0, "x")), false, 0},
		{"one took it and two others were asked", handmade(acked(1), answered(2, 0)), false, 0},
		{"a fallback stood in", handmade(acked(2), answered(1, 1)), false, 0},
		{"another had overwritten it", handmade(acked(2), write("y", OK, knowing("x")), answered(2, 0, "y")), false, 0},
		{"the read came first", handmade(answered(2, 0), acked(2)), false, 0},
		{"copies have forgotten, and values are read", handmade(acked(2), answered(3, 0, "y")), true, 0},
		{"copies have forgotten, and an absence is told", handmade(acked(2), answered(3, 0)), true, 1},
		{"an absence may rest on a fallback's tombstone", handmade(acked(2), answered(2, 1)), true, 0},
	} {
		if got := Missed(c.ops, c.forgetful); len(got) != c.found {
			t.Errorf("%s: found %q", c.name, got)
		}
	}
}

func TestTheHintCheckerOnHandMadeHistories(t *testing.T) {
	dot := clock.Dot{Actor: 7, Counter: 1}
	hinted := write("a", OK, nil)
	hinted.Hinted = []ring.NodeID{3}
	dots := func(string) map[string][]clock.Dot { return map[string][]clock.Dot{"a": {dot}} }
	for _, c := range []struct {
		name  string
		held  clock.Clock
		found int
	}{
		{"the member has it", clock.Of(7, clock.Run{After: 0, Upto: 1}), 0},
		{"the member has what overwrote it", clock.Of(7, clock.Run{After: 0, Upto: 5}), 0},
		{"the member never got it", clock.Of(8, clock.Run{After: 0, Upto: 1}), 1},
	} {
		held := func(ring.NodeID, string) clock.Clock { return c.held }
		if got := DroppedHints(handmade(hinted), held, dots); len(got) != c.found {
			t.Errorf("%s: found %q", c.name, got)
		}
	}
}

func TestTheLedgerReportsADotThatStandsForTwoVersions(t *testing.T) {
	l := newLedger()
	for _, value := range []string{"x", "x", "y"} {
		l.note("k", objectOf(clock.Dot{Actor: 7, Counter: 1}, value))
	}
	if got := l.Faults(); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	if got := l.Dots("k"); len(got["x"]) != 1 || len(got["y"]) != 1 {
		t.Errorf("the dots are %v", got)
	}
}

func objectOf(d clock.Dot, value string) node.Object {
	c := node.NewContent([]byte(value), "", "", nil)
	return node.Object{
		Versions: clock.Set{{Dot: d, Content: c.Digest}}, Contents: []*node.Content{c},
	}
}
