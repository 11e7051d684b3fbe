package sim

import (
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/node"
)

// A folder is copied and started a second time, and each side of a partition has one of the two. Neither may
// write under the other's dots.
func TestStoryACloneAndItsOriginalShareNoDot(t *testing.T) {
	story(t, Config{Seed: 5}, func(s *scene) {
		s.put(s.alice, s.a, "before", nil)
		s.Settle()
		clone, err := s.Clone(s.a)
		if err != nil {
			s.Fatal(err)
		}
		s.Net.Partition([]*Member{s.a, s.b, s.d})
		s.Settle()
		for i := range 5 {
			s.put(s.alice, s.a, fmt.Sprint("original", i), nil)
			s.put(s.bob, clone, fmt.Sprint("clone", i), nil)
		}
		clone.Stop()
		s.heal()
		s.sound()
	})
}

// backup takes a copy of a's disk after five writes, and has a write on, past its reserved block.
func (s *scene) backup(more int) (restore func()) {
	for i := range 5 {
		s.put(s.alice, s.a, fmt.Sprint("early", i), nil)
	}
	s.Settle()
	old := s.a.Disk().Clone()
	return func() {
		s.a.Crash()
		s.a.Replace(old)
		if err := s.a.Restart(); err != nil {
			s.Fatal(err)
		}
	}
}

// A backup is restored. The others saw more of the actor than the backup holds, though not more than it had
// reserved; the last write is only on its way. Compared by the reserved number, its dot is used again.
func TestStoryARestoredFolderIsJudgedByItsDataNotByWhatItReserved(t *testing.T) {
	story(t, Config{Seed: 6, Block: 8}, func(s *scene) {
		restore := s.backup(5)
		for i := range 3 { // numbers 6 to 8
			s.put(s.alice, s.a, fmt.Sprint("seen", i), nil)
		}
		s.Settle()
		release := s.holdMerges(s.a)
		s.must(s.alice, Request{At: s.a, Kind: Write, Value: "on its way", W: 1}) // number 9
		restore()
		s.must(s.bob, Request{At: s.a, Kind: Write, Value: "after", W: 1})
		release()
		s.heal()
		s.sound()
	})
}

// A backup is restored, and only fallbacks have seen what its actor wrote since: all members must be asked.
func TestStoryARestoredFolderAsksFallbacksToo(t *testing.T) {
	story(t, Config{Seed: 7, Block: 8}, func(s *scene) {
		restore := s.backup(5)
		s.sides(s.a, s.d, s.e)
		for i := range 6 { // numbers 6 to 11
			s.put(s.alice, s.a, fmt.Sprint("hinted", i), nil)
		}
		s.Net.Rule(func(e Envelope) Fate { // the hints stay with the fallbacks
			if _, merge := e.Body.(*node.MergeRequest); merge && (e.From == s.d.ID || e.From == s.e.ID) {
				return Lose
			}
			return Deliver
		})
		s.a.Crash()
		s.Net.Heal()
		s.Detect()
		restore()
		s.put(s.bob, s.a, "after", nil)
		s.Net.Rule(nil)
		s.Settle()
		s.DeliverHints()
		s.sound()
	})
}

// A node restarts cleanly, again and again: it never issues a number twice.
func TestStoryNumbersGoOnAfterRestarts(t *testing.T) {
	story(t, Config{Seed: 8, Block: 4}, func(s *scene) {
		for i := range 6 {
			for j := range 7 {
				s.put(s.alice, s.a, fmt.Sprint("v", i, ".", j), nil)
			}
			if err := s.a.Restart(); err != nil {
				s.Fatal(err)
			}
		}
		s.Settle()
		s.sound()
	})
}

// A record outlives the actor under which it came into being. The next actor starts at 1, and must not count
// the earlier one's numbers for its own.
func TestStorySinceCountsForItsOwnActorAlone(t *testing.T) {
	story(t, Config{Seed: 9}, func(s *scene) {
		other := s.sameRange()
		for range 20 {
			s.must(s.alice, Request{At: s.a, Kind: Write, Key: other, Value: "busy"})
		}
		s.put(s.alice, s.a, "v", nil)
		s.Settle()
		s.a.Stop()
		s.Net.Partition([]*Member{s.a}) // nobody confirms the actor: a fresh one is drawn
		if err := s.a.Restart(); err != nil {
			s.Fatal(err)
		}
		w := s.must(s.alice, Request{At: s.a, Kind: Write, Value: "w", W: 1})
		x := s.must(s.alice, Request{At: s.a, Kind: Write, Value: "x", W: 1, Seen: w.Got})
		s.heal()
		s.stands("v", "x")
		if len(x.Got.Shown) != 2 {
			s.Errorf("alice knows %q", x.Got.Shown)
		}
		s.sound()
	})
}

// sameRange finds another key of the story's partition.
func (s *scene) sameRange() string {
	want := s.Layout.Partition(node.NewKey(bucketName, s.key, s.N).Position)
	for i := 0; ; i++ {
		if name := fmt.Sprint("other", i); s.Layout.Partition(node.NewKey(bucketName, name, s.N).Position) == want {
			return name
		}
	}
}
