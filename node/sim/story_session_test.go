package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// v is on a alone when alice is shown it. She takes its token along, and is not sent back behind it.
func TestStoryAReadWithATokenAsksOnUntilItIsCovered(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		release := s.holdMerges(s.Members...)
		s.must(s.bob, Request{At: s.a, Kind: Write, Value: "v", W: 1})
		first := s.must(s.alice, Request{At: s.a, R: 1})
		if !slices.Equal(first.Values, []string{"v"}) {
			s.Fatal(first)
		}
		for _, m := range []*Member{s.b, s.c, s.d} {
			again := s.must(s.alice, Request{At: m, R: 1, Seen: first.Got})
			if !again.Covers || !slices.Equal(again.Values, []string{"v"}) {
				s.Errorf("%s: covers %t", again, again.Covers)
			}
		}
		s.must(s.bob, Request{At: s.a, Kind: Write, Value: "w", W: 1})
		ahead := s.must(s.alice, Request{At: s.a, R: 1})
		s.Net.Partition([]*Member{s.a})
		s.Detect()
		behind := s.must(s.alice, Request{At: s.b, Seen: ahead.Got})
		if behind.Covers || !slices.Equal(behind.Values, []string{"v"}) {
			s.Errorf("%s: covers %t", behind, behind.Covers)
		}
		release()
	})
}

// The write is on the fallbacks that took it while no primary could be reached. A session still finds it.
func TestStoryASessionHoldsWithFallbacks(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		s.sides(s.d, s.e)
		w := s.put(s.alice, s.d, "v", nil)
		s.Net.Rule(func(e Envelope) Fate { // nothing is handed over yet
			if _, merge := e.Body.(*node.MergeRequest); merge {
				return Lose
			}
			return Deliver
		})
		s.Net.Heal()
		s.Settle()
		r := s.must(s.alice, Request{At: s.a, Seen: w.Got})
		if !r.Covers || !slices.Equal(r.Values, []string{"v"}) {
			s.Errorf("%s: covers %t", r, r.Covers)
		}
		s.Net.Rule(nil)
	})
}

// The same while two primaries are slow, which nobody has found out: the fallbacks are asked in their place.
func TestStoryASessionHoldsWhenPrimariesAreSlow(t *testing.T) {
	story(t, Config{Seed: 3, DetectMin: 20 * time.Second, DetectMax: 21 * time.Second}, func(s *scene) {
		s.sides(s.d, s.e)
		w := s.put(s.alice, s.d, "v", nil)
		s.Net.Rule(func(e Envelope) Fate {
			if _, merge := e.Body.(*node.MergeRequest); merge {
				return Lose
			}
			return Deliver
		})
		s.heal()
		s.b.Pause()
		s.c.Pause()
		r := s.must(s.alice, Request{At: s.a, R: 1, Seen: w.Got})
		if !r.Covers || !slices.Equal(r.Values, []string{"v"}) {
			s.Errorf("%s: covers %t", r, r.Covers)
		}
		s.Net.Rule(nil)
		s.b.Resume()
		s.c.Resume()
	})
}
