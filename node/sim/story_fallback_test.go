package sim

import (
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// d coordinates for primaries that it cannot reach, hands over, forgets, and coordinates again. What it
// writes then must not claim what it wrote before: without since, y kills s unseen.
func TestStoryAFallbackThatForgotClaimsNothing(t *testing.T) {
	story(t, Config{Seed: 1}, func(s *scene) {
		s.sides(s.d, s.e)
		s.put(s.alice, s.d, "s", nil)
		s.heal()
		if rec := s.Copies(bucketName + "/" + s.key)[3].Record; !rec.IsEmpty() {
			s.Fatalf("d still holds %v", rec.Targets)
		}
		s.sides(s.d, s.e)
		x := s.put(s.bob, s.d, "x", nil)
		s.heal()
		s.put(s.bob, s.a, "y", x.Got)
		s.Settle()
		s.stands("s", "y")
		s.sound()
	})
}

// The same, and d got an older set back before it coordinated again: one that came into being by a merge.
func TestStoryAFallbackThatGotAnOlderSetBackClaimsNothing(t *testing.T) {
	story(t, Config{Seed: 2}, func(s *scene) {
		s.sides(s.d, s.e)
		first := s.put(s.alice, s.d, "first", nil)
		old := s.Copies(bucketName + "/" + s.key)[3].Record
		s.put(s.bob, s.d, "s", nil)
		s.heal()
		s.sides(s.d, s.e)
		k := node.NewKey(bucketName, s.key, s.N)
		reply := s.d.Node().Handle(s.Context(), s.e.ID, node.Frame{Layout: s.Layout.Number(), Body: &node.MergeRequest{
			Key: k, Object: old.Object, Targets: old.Targets,
		}})
		if _, merged := reply.(*node.MergeReply); !merged {
			s.Fatalf("%+v", reply)
		}
		x := s.put(s.alice, s.d, "x", first.Got)
		s.heal()
		s.put(s.alice, s.a, "y", x.Got)
		s.Settle()
		s.stands("s", "y")
		s.sound()
	})
}

// Two of three nodes are down: one disk can give one ack, however many copies of a record it keeps.
func TestStoryOneDiskIsOneAck(t *testing.T) {
	story(t, Config{Seed: 3, Nodes: 3}, func(s *scene) {
		s.b.Crash()
		s.c.Crash()
		s.Detect()
		w := s.try(s.alice, Request{At: s.a, Kind: Write, Value: "v"})
		if w.Outcome == OK {
			s.Errorf("%s: acks %+v", w, w.Acks)
		}
		one := s.must(s.alice, Request{At: s.a, Kind: Write, Value: "w", W: 1})
		if one.Acks.Total != 1 {
			s.Errorf("%s: acks %+v", one, one.Acks)
		}
	})
}

// b answers late: a fallback has acked in its place by then. Both together are one place.
func TestStoryAPlaceIsOneAck(t *testing.T) {
	story(t, Config{Seed: 4}, func(s *scene) {
		s.b.Pause()
		s.Net.Cut(s.a, s.c)
		w := s.try(s.alice, Request{At: s.a, Kind: Write, Value: "v", W: node.LevelAll, Timeout: 700 * time.Millisecond})
		if w.Outcome == OK && w.Acks.Total != w.Acks.Primary+w.Acks.Fallback {
			s.Errorf("%s: acks %+v", w, w.Acks)
		}
		s.b.Resume()
		s.heal()
		s.stands("v")
	})
}

// c missed the write that a and b took, and then both go down. c's word and that of fallbacks that hold
// nothing are no absence.
func TestStoryAnAbsenceNeedsThoseWhoKnow(t *testing.T) {
	story(t, Config{Seed: 5}, func(s *scene) {
		stop := s.cutOff(s.c)
		s.must(s.alice, Request{At: s.a, Kind: Write, Value: "v", NoSloppy: true})
		s.a.Crash()
		s.b.Crash()
		stop()
		s.Detect()
		for _, m := range []*Member{s.c, s.d, s.e} {
			if r := s.try(s.bob, Request{At: m}); r.Outcome == OK {
				s.Errorf("%s: an absence that rests on one replica", r)
			}
		}
		w := s.put(s.bob, s.c, "w", nil) // a value may rest on a fallback that holds nothing
		if r := s.get(s.alice, s.d); len(r.Values) != 1 {
			s.Errorf("%s after %s", r, w)
		}
	})
}

// cutOff cuts one member off without anybody finding out at once.
func (s *scene) cutOff(m *Member) (heal func()) {
	s.Net.Partition([]*Member{m})
	return s.Net.Heal
}

// d keeps a hint for a. While its delivery is under way, the hint is written again; when the first delivery is
// confirmed, only what was confirmed may go.
func TestStoryAHintRewrittenWhileDeliveredStays(t *testing.T) {
	story(t, Config{Seed: 6}, func(s *scene) {
		for _, m := range []*Member{s.b, s.c} {
			s.Net.Cut(m, s.a)
			s.Net.Cut(s.a, m)
		}
		s.Detect()
		until := make(chan struct{})
		held := make(chan struct{}, 100)
		s.Net.Rule(func(e Envelope) Fate {
			if _, merged := e.Body.(*node.MergeReply); merged && e.From == s.a.ID && e.To == s.d.ID {
				held <- struct{}{}
				return Hold(until)
			}
			return Deliver
		})
		s.must(s.alice, Request{At: s.b, Kind: Write, Value: "v1", W: node.LevelAll})
		<-held // a has v1, and d does not know that yet
		s.must(s.bob, Request{At: s.b, Kind: Write, Value: "v2", W: node.LevelAll})
		s.Net.Rule(nil)
		close(until)
		time.Sleep(20 * time.Second)
		if got := valuesOf(s.Copies(bucketName + "/" + s.key)[0].Record.Object); len(got) != 2 {
			s.Errorf("a holds %q: the second hint was dropped", got)
		}
		s.sound()
	})
}
