package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// repairing is a cluster whose copies compare their trees often.
func repairing(seed Seed) Config {
	return Config{Seed: seed, AntiEntropy: true, Node: node.Config{RepairPeriod: 5 * time.Second}}
}

// c missed the write that a and b took; a loses its memory while b is down. Refilled from c alone, a must not
// say that it knows: its word and c's would make an absence.
func TestStoryARefillFromOneCopyIsNotComplete(t *testing.T) {
	story(t, repairing(1), func(s *scene) {
		heal := s.cutOff(s.c)
		s.must(s.alice, Request{At: s.a, Kind: Write, Value: "v", NoSloppy: true})
		s.b.Crash()
		s.a.Crash()
		heal()
		s.loses(s.a)
		s.Settle()
		if r := s.try(s.bob, Request{At: s.d}); r.Outcome == OK {
			s.Errorf("%s: an absence that rests on a refill from one copy", r)
		}
		if err := s.b.Restart(); err != nil {
			s.Fatal(err)
		}
		s.Settle()
		for _, m := range s.Members {
			if r := s.get(s.bob, m); !slices.Equal(r.Values, []string{"v"}) {
				s.Error(r)
			}
		}
		s.sound()
	})
}

// All copies lose their memory at once. Each waits for the others' word; that they have it, knowing or not,
// must be enough, or the key could never be said to be absent again.
func TestStoryAmnesicCopiesBecomeCompleteByComparing(t *testing.T) {
	story(t, repairing(2), func(s *scene) {
		s.put(s.alice, s.a, "v", nil)
		s.Settle()
		for _, m := range []*Member{s.a, s.b, s.c} {
			m.Crash()
		}
		for _, m := range []*Member{s.a, s.b, s.c} {
			s.loses(m)
		}
		s.Settle()
		for _, m := range s.Members {
			if r := s.get(s.bob, m); len(r.Values) != 0 {
				s.Error(r)
			}
		}
	})
}

// A member was away, and no hint was kept for it. It comes to hold what the others hold without anybody
// reading.
func TestStoryCopiesConvergeWithoutReads(t *testing.T) {
	config := repairing(3)
	config.Node.NoHandoff, config.Node.NoReadRepair = true, true
	story(t, config, func(s *scene) {
		for i, m := range []*Member{s.a, s.b, s.c} {
			away := s.c
			if m == s.c {
				away = s.a
			}
			heal := s.cutOff(away)
			s.must(s.alice, Request{At: m, Kind: Write, Value: string(rune('x' + i)), NoSloppy: true})
			heal()
		}
		s.Settle()
		for _, fault := range s.Diverged() {
			s.Error(fault)
		}
		s.stands("x", "y", "z")
		s.sound()
	})
}
