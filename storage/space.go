package storage

import (
	"fmt"
	"math"
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

// freeFiles asks it how many files more it can hold.
func freeFiles(path string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("ask for the free inodes of %s: %w", path, err)
	}
	if st.Files == 0 { // it makes them as they are needed
		return math.MaxInt64, nil
	}
	return int64(min(st.Ffree, math.MaxInt64)), nil
}

const (
	// freeFilesMin is the floor of files that the disk can still hold below which writes are refused: more
	// than Badger makes until the free space is looked at again. A compaction that cannot make its table
	// loses the data of those that it read.
	freeFilesMin = 128
	// startFilesMin is what a start may take.
	startFilesMin = 32
)

// space says whether there is room to write. Badger ends the process where there is none, so that writes are
// refused while there still is some.
type space struct {
	free  atomic.Int64
	files atomic.Int64
	full  atomic.Bool
}

// look compares free bytes and files with their floors. To be full no longer takes an eighth more than the
// floor, so that the answer does not flutter. changed says that full is another than before.
func (s *space) look(free, files, floor int64) (changed bool) {
	s.free.Store(free)
	s.files.Store(files)
	was := s.full.Load()
	full := free < floor || files < freeFilesMin ||
		was && (free < floor+floor/8 || files < freeFilesMin+freeFilesMin/8)
	s.full.Store(full)
	return full != was
}
