package storage

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// freeBytes asks the file system that holds path what is left for this user.
func freeBytes(path string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("ask for the free space of %s: %w", path, err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// space says whether there is room to write. Badger ends the process where there is none, so that writes are
// refused while there still is some.
type space struct {
	free atomic.Int64
	full atomic.Bool
}

// look compares the free space with the floor. To be full no longer takes an eighth more than the floor, so
// that the answer does not flutter. changed says that full is another than before.
func (s *space) look(free, floor int64) (changed bool) {
	s.free.Store(free)
	was := s.full.Load()
	full := free < floor || was && free < floor+floor/8
	s.full.Store(full)
	return full != was
}
