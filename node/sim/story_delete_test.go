package sim

import (
	"fmt"
	"testing"
)

// The deletion is on a alone when it is repeated. There is nothing left to write; but an answer without acks
// would rest on one disk, and that dies.
func TestStoryARepeatedDeletionNeedsItsAcksToo(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		v := s.put(s.alice, s.a, "v", nil)
		s.Settle()
		stop := s.loseMerges(s.a)
		for range 2 {
			if del := s.try(s.alice, Request{At: s.a, Kind: Delete, Seen: v.Got, NoSloppy: true}); del.Outcome == OK {
				s.Errorf("%s: acks %+v", del, del.Acks)
			}
		}
		stop()
		s.del(s.alice, s.a, v.Got)
		s.loses(s.a)
		s.Settle()
		s.stands()
		s.sound()
	})
}

// A key is deleted and written anew, over and over, by clients with tokens of long ago: no actor retires,
// and what is stored stays small.
func TestStoryDeletingAndCreatingAnewRetiresNoActor(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		old := s.put(s.alice, s.a, "first", nil).Got
		for i := range 200 {
			m := s.Members[i%len(s.Members)]
			w := s.put(s.bob, m, fmt.Sprint("v", i), old)
			s.del(s.bob, m, w.Got)
			if i%50 == 0 {
				old = w.Got
			}
		}
		s.Settle()
		for _, m := range s.Members {
			if n := m.Node().Counters().ActorsRetired.Load(); n != 0 {
				s.Errorf("%s retired %d actors", m.Name, n)
			}
		}
		for _, copy := range s.Copies(bucketName + "/" + s.key) {
			if c := copy.Record.Versions.Context(); c.Runs() > 10 || len(copy.Record.Versions) > 3 {
				s.Errorf("%s stores %d versions with %d runs", copy.Member.Name, len(copy.Record.Versions), c.Runs())
			}
		}
		s.stands()
		s.sound()
	})
}

// A put that knows nothing of the deletion survives it.
func TestStoryAPutBesideADeletionSurvivesIt(t *testing.T) {
	story(t, Config{Seed: 3}, func(s *scene) {
		v := s.put(s.alice, s.a, "v", nil)
		s.Settle()
		s.sides(s.a, s.d)
		s.del(s.alice, s.a, v.Got)
		s.put(s.bob, s.b, "w", v.Got)
		s.heal()
		s.stands("w")
		s.sound()
	})
}
