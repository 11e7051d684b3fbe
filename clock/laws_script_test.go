package clock_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

// TestEveryReplicaHoldsExactlyWhatExplicitSetsSay: at every step, at every replica, the same versions stand,
// each with the same history, tombstones and hidden twins included.
func TestEveryReplicaHoldsExactlyWhatExplicitSetsSay(t *testing.T) {
	for _, fold := range []bool{false, true} {
		name := map[bool]string{false: "update alone", true: "folded"}[fold]
		t.Run(name, func(t *testing.T) {
			eachSeed(t, 1500, func(t *testing.T, rng *rand.Rand) {
				p := randomProfile(rng)
				p.values = rng.IntN(5)
				exact(t, p.replicas, fold, randomScript(rng, p))
			})
		})
	}
}

// exact runs a script on the kernel and on the oracle of the same rules, and compares all at each step.
func exact(t *testing.T, replicas int, fold bool, script []op) {
	k, o := newKernel(t, replicas, rules{fold: fold}), newOracle(replicas, fold)
	for i, s := range script {
		k.do(s)
		o.do(s)
		if !same(k, o) || t.Failed() {
			t.Errorf("after step %d:\n kernel %v\n oracle %v\n script %v", i, k.all(), o.replicas, script[:i+1])
			return
		}
		for r := range k.replicas {
			canonical(t, k.replicas[r].set.Context())
		}
	}
}

// same says whether all replicas hold the same, with the same histories, and whether the last context given
// out is the same.
func same(k *kernel, o *oracle) bool {
	for r := range o.replicas {
		if !slices.Equal(k.known(r), o.replicas[r]) {
			return false
		}
	}
	last := len(o.contexts) - 1
	return k.claims(k.contexts[last]) == o.contexts[last]
}

func (k *kernel) all() [][]known {
	var out [][]known
	for r := range k.replicas {
		out = append(out, k.known(r))
	}
	return out
}

// TestFoldingChangesNothingThatClientsSee: against the oracle that knows no fold. Where contexts come from
// reads only, at every step; where clients chain by acknowledged writes, once all replicas are equal.
func TestFoldingChangesNothingThatClientsSee(t *testing.T) {
	eachSeed(t, 3000, func(t *testing.T, rng *rand.Rand) {
		p := randomProfile(rng)
		script := randomScript(rng, p)
		if at := differs(t, p, rules{fold: true}, script); at >= 0 {
			t.Errorf("%+v differs at step %d of %v", p, at, script)
		}
	})
}

// differs runs a script on the kernel, and on the oracle without fold, and gives the first step after which
// a replica shows something else, or -1.
func differs(t testing.TB, p profile, r rules, script []op) int {
	k, o := newKernel(t, p.replicas, r), newOracle(p.replicas, false)
	for i, s := range script {
		k.do(s)
		o.do(s)
		if p.acks && s.kind != converge {
			continue
		}
		for r := range k.replicas {
			if !slices.Equal(k.shown(r), o.shown(r)) {
				return i
			}
		}
	}
	return -1
}

// TestNoValueIsLostThatNobodyOverwrote: with values that are written again and again, folding drops twins, and
// what is shown is no longer what the oracle without fold shows. This much must hold: a value of which no
// writer had seen any copy is shown in the end.
func TestNoValueIsLostThatNobodyOverwrote(t *testing.T) {
	eachSeed(t, 2000, func(t *testing.T, rng *rand.Rand) {
		p := randomProfile(rng)
		p.values = 1 + rng.IntN(8)
		script := randomScript(rng, p)
		k, o := newKernel(t, p.replicas, rules{fold: true}), newOracle(p.replicas, false)
		var overwritten events
		value := map[int]int{} // by event
		for _, s := range script {
			if s.kind == put || s.kind == del {
				value[o.writes] = s.value
				if s.kind == del {
					value[o.writes] = 0
				}
				for _, i := range s.seen {
					overwritten |= o.contexts[i]
				}
			}
			k.do(s)
			o.do(s)
		}
		seen := map[int]bool{0: true}
		for _, e := range overwritten.list() {
			seen[value[e]] = true
		}
		for e, v := range value {
			if !seen[v] && !slices.Contains(k.shown(0), v) {
				t.Errorf("value %d of event %d was acknowledged, overwritten by nobody, and is gone: %v", v, e, script)
			}
		}
	})
}

// TestWrongVariantsAreCaught: the same scripts, on rules that leave one thing out. The seeds are fixed.
func TestWrongVariantsAreCaught(t *testing.T) {
	const scripts = 400
	for _, test := range []struct {
		name    string
		rules   rules
		profile profile
		caught  bool
	}{
		{"the rules as they are", rules{fold: true}, profile{replicas: 3, steps: 40, acks: true, deletes: true, forgets: true}, false},
		{"as they are, without fold", rules{}, profile{replicas: 3, steps: 40, acks: true, deletes: true, forgets: true}, false},
		{"join by maximum", rules{maximum: true}, profile{replicas: 3, steps: 40, acks: true}, true},
		{"join by maximum, folded", rules{maximum: true, fold: true}, profile{replicas: 3, steps: 40, acks: true}, true},
		{"forgetting without since", rules{fold: true, withoutSince: true}, profile{replicas: 3, steps: 40, forgets: true}, true},
		{"acks that carry the dot alone", rules{fold: true, loneDots: true}, profile{replicas: 3, steps: 40, acks: true, deletes: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			wrong := 0
			for seed := range uint64(scripts) {
				if differs(t, test.profile, test.rules, randomScript(rand.New(rand.NewPCG(seed, 1)), test.profile)) >= 0 {
					wrong++
				}
			}
			t.Logf("%d of %d scripts lose or falsely keep a value", wrong, scripts)
			if (wrong > 0) != test.caught {
				t.Errorf("%d of %d scripts came out wrong", wrong, scripts)
			}
		})
	}
}

// TestSyncLaws: on the sets of one script, of all its replicas and times.
func TestSyncLaws(t *testing.T) {
	eachSeed(t, 150, func(t *testing.T, rng *rand.Rand) {
		p := randomProfile(rng)
		p.values = rng.IntN(3)
		k := newKernel(t, p.replicas, rules{fold: rng.IntN(2) == 0})
		sets := []clock.Set{nil}
		for _, s := range randomScript(rng, p) {
			k.do(s)
			sets = append(sets, k.replicas[rng.IntN(p.replicas)].set)
		}
		for range 400 {
			syncLaws(t, sets[rng.IntN(len(sets))], sets[rng.IntN(len(sets))], sets[rng.IntN(len(sets))])
		}
	})
}

func syncLaws(t *testing.T, a, b, c clock.Set) {
	ab := clock.Sync(a, b)
	switch {
	case !clock.Sync(a, a).Equal(a):
		t.Errorf("not idempotent: %v", a)
	case !ab.Equal(clock.Sync(b, a)):
		t.Errorf("not commutative: %v, %v", a, b)
	case !clock.Sync(ab, c).Equal(clock.Sync(a, clock.Sync(b, c))):
		t.Errorf("not associative: %v, %v, %v", a, b, c)
	case !clock.Sync(ab, a).Equal(ab):
		t.Errorf("%v, merged once more, changes %v", a, ab)
	case !slices.IsSortedFunc(ab, clock.Version.Compare):
		t.Errorf("out of order: %v", ab)
	case !ab.Context().Includes(a.Context()):
		t.Errorf("%v knows less than %v did", ab, a)
	}
	for _, v := range ab {
		if !ab.Has(v) || !a.Has(v) && !b.Has(v) {
			t.Errorf("%v came from neither %v nor %v", v, a, b)
		}
	}
}
