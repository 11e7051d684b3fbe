package storage

import "sync"

// snapshots are the moments at which readers look: each is a commit that is on disk. What the oldest one
// that is still looked at might need must not be discarded by the database.
type snapshots struct {
	// discard tells the database that it may drop what was overwritten at or before the timestamp.
	discard func(ts uint64)

	mu   sync.Mutex
	live []*snapshot // by rising ts; the last one is the present
}

// snapshot is one moment; readers counts who looks at it.
type snapshot struct {
	ts      uint64
	readers int
}

func newSnapshots(ts uint64, discard func(uint64)) *snapshots {
	discard(ts)
	return &snapshots{discard: discard, live: []*snapshot{{ts: ts}}}
}

// take gives the present moment. It must be given back.
func (s *snapshots) take() *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.live[len(s.live)-1]
	now.readers++
	return now
}

func (s *snapshots) giveBack(sn *snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sn.readers--
	s.trim()
}

// publish makes a later commit the present.
func (s *snapshots) publish(ts uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = append(s.live, &snapshot{ts: ts})
	s.trim()
}

// trim lets go of moments that nobody looks at and that are not the present.
func (s *snapshots) trim() {
	n := 0
	for n < len(s.live)-1 && s.live[n].readers == 0 {
		s.live[n] = nil
		n++
	}
	if n > 0 {
		s.live = s.live[n:]
		s.discard(s.live[0].ts)
	}
}

// present is the timestamp of the last commit that is on disk.
func (s *snapshots) present() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[len(s.live)-1].ts
}
