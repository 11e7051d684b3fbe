package server

import (
	"log/slog"
	"math"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// filesMin is the number of open files below which a busy node fails: connections of clients and peers, and
// the store's tables, each are one.
const filesMin = 4096

// prepareMachine takes what the system allows this process, and tells what is short of it.
func prepareMachine(log *slog.Logger) {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil {
		if files.Cur < files.Max {
			raised := unix.Rlimit{Cur: files.Max, Max: files.Max}
			if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
				files = raised
			}
		}
		if files.Cur < filesMin {
			log.Warn("few files may be open at once; raise the limit (ulimit -n, or LimitNOFILE in systemd)", "limit", files.Cur, "wanted", filesMin)
		}
	}
	// Go's runtime obeys GOMEMLIMIT by itself; a negative value only asks.
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		log.Info("memory is limited", "GOMEMLIMIT", limit)
	}
}
