package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// e forwards a write to a, which is paused, and hears nothing. Were it to try b, the same write would be
// taken twice: the second copy comes when a wakes up, after the client has deleted the first.
func TestStoryAForwardOfUnknownOutcomeIsNotTriedElsewhere(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		s.a.Pause()
		w := s.try(s.alice, Request{At: s.e, Kind: Write, Value: "v", Timeout: 2 * time.Second})
		if w.Outcome == OK {
			s.del(s.alice, s.b, w.Got)
		}
		s.a.Resume()
		s.heal()
		if dots := s.Ledger.Dots(bucketName + "/" + s.key)["v"]; len(dots) > 1 {
			s.Errorf("one write was taken %d times", len(dots))
		}
		s.sound()
	})
}

// The answer of a conditional write's coordinator is lost. To try again would meet the write itself, and say
// that it did not happen.
func TestStoryALostAnswerIsNeverARefusal(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		s.Net.Rule(func(e Envelope) Fate {
			if _, answer := e.Body.(*node.ForwardReply); answer {
				return Lose
			}
			return Deliver
		})
		w := s.try(s.alice, Request{At: s.e, Kind: Write, Value: "v", IfAbsent: true})
		if w.Outcome != Info {
			s.Errorf("%s: %s", w, w.Detail)
		}
		s.Net.Rule(nil)
		s.Settle()
		s.stands("v")
		s.sound()
	})
}

// a refuses connections: it certainly did not take the write, so the next primary does.
func TestStoryARefusedForwardGoesToTheNextPrimary(t *testing.T) {
	story(t, Config{Seed: 3}, func(s *scene) {
		s.a.Crash() // and nobody has found out yet
		s.put(s.alice, s.e, "v", nil)
		s.stands("v")
	})
}

// Fifty clients create one key through all members at once: one of them does.
func TestStoryOneOfManyCreatesAKey(t *testing.T) {
	for seed := range Seed(10) {
		story(t, Config{Seed: seed, SyncMin: time.Millisecond, SyncMax: 4 * time.Millisecond}, func(s *scene) {
			done := make(chan *Op)
			for i := range 50 {
				client := s.Client()
				go func() {
					done <- client.Do(Request{At: s.Members[i%5], Kind: Write, Key: s.key, Value: fmt.Sprint("v", i), IfAbsent: true})
				}()
			}
			created := 0
			for range 50 {
				switch op := <-done; {
				case op.Outcome == OK:
					created++
				case op.Code != node.CodePreconditionFailed:
					s.Errorf("%s: %s", op, op.Detail)
				}
			}
			if created != 1 {
				s.Errorf("%d clients created the key", created)
			}
			s.Settle()
			s.sound()
		})
	}
}
