package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// All copies lose their memory at once: nobody can tell an absence from a loss, and values that are written
// after it are read at once.
func TestStoryThreeAmnesicCopiesDoNotSayAbsent(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		s.put(s.alice, s.a, "v", nil)
		s.Settle()
		for _, m := range []*Member{s.a, s.b, s.c} {
			s.loses(m)
		}
		s.Settle()
		for _, m := range s.Members {
			if r := s.try(s.bob, Request{At: m}); r.Outcome == OK {
				s.Errorf("%s: an absence that rests on copies without memory", r)
			}
		}
		s.put(s.bob, s.d, "w", nil)
		for _, m := range s.Members {
			if r := s.get(s.bob, m); !slices.Equal(r.Values, []string{"w"}) {
				s.Error(r)
			}
		}
	})
}

// Two copies have lost their memory and the third, which took the write with one of them, is down.
func TestStoryTwoAmnesicCopiesAndOneDownDoNotSayAbsent(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		s.put(s.alice, s.a, "v", nil)
		s.Settle()
		s.loses(s.a)
		s.loses(s.b)
		s.c.Crash()
		s.Detect()
		if r := s.try(s.bob, Request{At: s.d}); r.Outcome == OK {
			s.Errorf("%s: an absence that rests on copies without memory", r)
		}
		if err := s.c.Restart(); err != nil {
			s.Fatal(err)
		}
		s.Settle()
		if r := s.get(s.bob, s.d); !slices.Equal(r.Values, []string{"v"}) {
			s.Error(r)
		}
	})
}

// a's sync is under way when a reader comes by, and then the power goes. What the reader was shown must be
// there for good.
func TestStoryNothingIsShownBeforeItsSync(t *testing.T) {
	story(t, Config{Seed: 3, SyncMin: 400 * time.Millisecond, SyncMax: 500 * time.Millisecond}, func(s *scene) {
		written := make(chan *Op)
		go func() {
			written <- s.alice.Do(Request{At: s.a, Kind: Write, Key: s.key, Value: "v", W: 1})
		}()
		time.Sleep(200 * time.Millisecond)
		early := s.must(s.bob, Request{At: s.a, R: 1})
		s.a.Crash()
		w := <-written
		if err := s.a.Restart(); err != nil {
			s.Fatal(err)
		}
		s.Settle()
		stand := s.Standing(bucketName + "/" + s.key)
		if slices.Contains(early.Values, "v") && !slices.Contains(stand, "v") {
			s.Errorf("v was read and is gone: %s, %s", early, w)
		}
		s.put(s.alice, s.a, "w", nil)
		s.sound()
	})
}

// The power goes a moment after the ack.
func TestStoryAnAckIsOnDisk(t *testing.T) {
	story(t, Config{Seed: 4, SyncMin: 20 * time.Millisecond, SyncMax: 50 * time.Millisecond}, func(s *scene) {
		for i := range 20 {
			s.put(s.alice, s.a, fmt.Sprint("v", i), nil)
			for _, m := range s.Members {
				m.Crash()
			}
			for _, m := range s.Members {
				if err := m.Start(); err != nil {
					s.Fatal(err)
				}
			}
			for _, m := range s.Members {
				m.awaitReady(10 * time.Second)
			}
			s.Settle()
		}
		s.sound()
	})
}

// c missed the write, b is down, and a's disk fails to read, or has damaged the object. That is not an absence:
// no 404 rests on it.
func TestStoryAReadErrorIsNoAbsence(t *testing.T) {
	for name, spoil := range map[string]func(s *scene){
		"error":  func(s *scene) { s.a.Disk().SetFault(errBroken) },
		"damage": func(s *scene) { s.a.Disk().Damage(node.NewKey(bucketName, s.key, s.N)) },
	} {
		story(t, Config{Seed: 10}, func(s *scene) {
			heal := s.cutOff(s.c)
			s.must(s.alice, Request{At: s.a, Kind: Write, Value: "v", NoSloppy: true})
			s.Settle()
			s.b.Crash()
			spoil(s)
			heal()
			s.Detect()
			for _, m := range []*Member{s.a, s.c, s.d} {
				if r := s.try(s.bob, Request{At: m}); r.Outcome == OK && len(r.Values) == 0 {
					s.Errorf("%s: %s: it was taken for an absence", name, r)
				}
			}
			s.a.Disk().SetFault(nil)
			if err := s.b.Restart(); err != nil {
				s.Fatal(err)
			}
			s.stands("v")
		})
	}
}

// a's object of the key is damaged. What is written there must not take the place of what cannot be read.
func TestStoryADamagedObjectIsNotOverwritten(t *testing.T) {
	story(t, Config{Seed: 11}, func(s *scene) {
		s.put(s.alice, s.a, "v", nil)
		s.Settle()
		s.a.Disk().Damage(node.NewKey(bucketName, s.key, s.N))
		s.put(s.bob, s.a, "w", nil)
		s.Settle()
		s.stands("v", "w")
		s.sound()
	})
}
