package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// A client that writes blindly knows its own write without what stood beside it. A copy that has heard of
// neither must not claim the rest: with the maximum in place of the union of events, s is lost.
func TestStoryAWriteKnownAloneClaimsNothingBesideIt(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		s.sides(s.a, s.c, s.e)
		s.put(s.alice, s.a, "s", nil)
		x := s.put(s.bob, s.a, "x", nil)
		s.put(s.bob, s.b, "y", x.Got) // b and d have heard of nothing
		carol := s.Client()
		z := s.put(carol, s.b, "z", s.get(carol, s.b).Got)
		s.heal()
		s.stands("s", "z")
		if got := z.Got.Shown; len(got) != 2 {
			s.Errorf("carol was shown %q", got)
		}
		s.sound()
	})
}

// Two clients chain their writes over a value that stands beside them. What the one overwrites are holes in
// what the other knows, unless the coordinator takes the dead over.
func TestStoryTwoChainsOverOneSiblingKeepShortTokens(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		s.put(s.Client(), s.a, "standing", nil)
		sealer, err := clock.NewSealer(1, s.a.Node().View().TokenKeys[0])
		if err != nil {
			s.Fatal(err)
		}
		var last [2]*Token
		for i := range 1000 {
			for j, client := range []*Client{s.alice, s.bob} {
				last[j] = s.put(client, s.a, fmt.Sprintf("%d of %d", i, j), last[j]).Got
				if token := sealer.Seal(bucketName, s.key, last[j].Clock); len(token) > 200 {
					s.Fatalf("after %d writes the token has %d characters", i, len(token))
				}
			}
		}
		s.Settle()
		s.stands("standing", "999 of 0", "999 of 1")
	})
}

// A deletion that is repeated with one old token, again and again beside a value that it has not seen, leaves
// one tombstone at most.
func TestStoryDeletionsWithOneOldTokenDoNotPileUp(t *testing.T) {
	story(t, Config{Seed: 3}, func(s *scene) {
		old := s.put(s.alice, s.a, "v", nil)
		s.put(s.bob, s.a, "w", nil)
		for range 100 {
			s.del(s.alice, s.b, old.Got)
		}
		s.Settle()
		for _, copy := range s.Copies(bucketName + "/" + s.key) {
			if n := len(copy.Record.Versions); n > 3 {
				s.Errorf("%s stores %d versions", copy.Member.Name, n)
			}
		}
		s.stands("w")
	})
}

// y overwrote e on a alone; z, written blindly beside it, takes e over. Were z's token given out although z
// never had its acks, its next use would kill e everywhere, and y goes with a's disk.
func TestStoryAWriteWithoutItsAcksGivesNoToken(t *testing.T) {
	story(t, Config{Seed: 4, DetectMin: 20 * time.Second, DetectMax: 21 * time.Second}, func(s *scene) {
		e := s.put(s.alice, s.a, "e", nil)
		s.Settle()
		s.b.Crash() // and nobody finds out before their connections are refused
		s.c.Crash()
		y := s.try(s.alice, Request{At: s.a, Kind: Write, Value: "y", Seen: e.Got, NoSloppy: true})
		z := s.try(s.bob, Request{At: s.a, Kind: Write, Value: "z", NoSloppy: true})
		if y.Outcome != Info || z.Outcome != Info {
			s.Fatal(y, z)
		}
		s.a.Crash()
		for _, m := range []*Member{s.b, s.c} {
			if err := m.Restart(); err != nil {
				s.Fatal(err)
			}
		}
		s.put(s.bob, s.b, "u", z.Got)
		s.loses(s.a)
		s.Settle()
		s.stands("e", "u")
	})
}

// A token must hold the whole clock of the version that it stands for: here the deletion that y took over. A
// write that kills y and knows y's dot alone would let v rise again, where v stands and y never came.
func TestStoryATokenHoldsTheWholeClockOfItsWrite(t *testing.T) {
	story(t, Config{Seed: 5}, func(s *scene) {
		v := s.put(s.alice, s.a, "v", nil)
		s.Settle()
		s.sides(s.a, s.c, s.e)
		s.must(s.alice, Request{At: s.a, Kind: Delete, Seen: v.Got, NoSloppy: true})
		y := s.must(s.bob, Request{At: s.a, Kind: Write, Value: "y", NoSloppy: true})
		s.put(s.bob, s.b, "z", y.Got) // b still holds v
		s.Net.Rule(func(e Envelope) Fate {
			if _, merge := e.Body.(*node.MergeRequest); merge && (e.To == s.b.ID || e.To == s.d.ID) {
				return Lose // until a and c have heard of z
			}
			return Deliver
		})
		s.Net.Heal()
		s.Settle()
		s.Net.Rule(nil)
		s.heal()
		for _, m := range s.Members {
			s.must(s.alice, Request{At: m, R: node.LevelAll})
		}
		s.Settle()
		s.stands("z")
		s.sound()
	})
}

// s overwrote e on a alone; y, written blindly beside it, takes e over. Whoever gets y must get s with it,
// else e is dead there and what killed it is not to be seen.
func TestStoryWholeSetsTravel(t *testing.T) {
	story(t, Config{Seed: 6}, func(s *scene) {
		e := s.put(s.alice, s.a, "e", nil)
		s.Settle()
		stop := s.loseMerges(s.a)
		s.try(s.alice, Request{At: s.a, Kind: Write, Value: "s", Seen: e.Got, NoSloppy: true})
		stop()
		s.put(s.bob, s.a, "y", nil)
		s.loses(s.a)
		s.stands("s", "y")
	})
}

// Two clients write blindly through one coordinator at once: both values stand, everywhere.
func TestStoryWritesOfOneKeyAtOneMomentBothStand(t *testing.T) {
	story(t, Config{Seed: 7, SyncMin: 5e6, SyncMax: 9e6}, func(s *scene) {
		done := make(chan *Op)
		for i, client := range []*Client{s.alice, s.bob, s.Client(), s.Client()} {
			go func() {
				done <- client.Do(Request{At: s.a, Kind: Write, Key: s.key, Value: fmt.Sprint("v", i), W: node.LevelAll})
			}()
		}
		for range 4 {
			if op := <-done; op.Outcome != OK {
				s.Error(op)
			}
		}
		s.stands("v0", "v1", "v2", "v3")
		s.sound()
	})
}
