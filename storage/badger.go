package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/kindreddb/kindred/storage/folder"
	"golang.org/x/sys/unix"
)

// openDatabase opens the folder's database, or makes it. An error wraps ErrUnusable.
func openDatabase(f *folder.Folder, o Options) (db *database, err error) {
	dir := f.Database()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
		if err != nil {
			err = fmt.Errorf("%w: %s: %w; %s", ErrUnusable, dir, err, remedy(err))
		}
	}()
	free, files, err := o.room()
	if err != nil {
		return nil, err
	}
	if need := 3 * o.MemTableBytes; free < need || files < startFilesMin {
		return nil, fmt.Errorf("%w: %d bytes and %d files are free, and a start may take %d and %d", unix.ENOSPC, free, files, need, startFilesMin)
	}
	log := &badgerLog{to: o.Logger}
	opts := badgerOptions(dir, o, log)
	w, _ := f.Witness()
	note, err := f.LoadState(brokenState)
	if err != nil && !folder.Damaged(err) {
		return nil, err
	}
	limit := o.checkBytesMax
	if len(note) > 0 || err != nil {
		limit = math.MaxInt64
	}
	in := inspection{
		dir: dir, opts: opts, used: w.Commits > 0, checkBytesMax: limit, checked: make(map[uint64]bool),
		remember: func(doubt string) error { return f.SaveState(brokenState, []byte(doubt)) },
	}
	if len(note) > 0 {
		in.doubts = []string{string(note)}
	}
	if err := in.run(); err != nil {
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	bdb, err := badger.OpenManaged(opts)
	if err != nil {
		return nil, err
	}
	return &database{DB: bdb, dir: dir, log: log, doubts: in.doubts, checked: in.checked}, nil
}

// remedies are the errors that are not the database's fault: to throw it away would not help.
var remedies = []struct {
	errs   []error
	remedy string
}{
	{[]error{unix.ENOSPC, unix.EDQUOT}, "free some space on its disk (bytes, files or quota) and start again: its data are not at fault"},
	{[]error{unix.EMFILE, unix.ENFILE, unix.ENOMEM}, "allow this process more open files or memory (ulimit -n, ulimit -v) and start again: the data are not at fault"},
	{[]error{fs.ErrPermission, unix.EROFS}, "let this user read and write it, and start again: its data are not at fault"},
	{[]error{unix.EIO}, "look at its disk (dmesg) before anything else"},
}

// remedy says what to do about a database that does not open. Badger wraps some errors as text alone.
func remedy(err error) string {
	for _, r := range remedies {
		for _, cause := range r.errs {
			if errors.Is(err, cause) || strings.Contains(err.Error(), cause.Error()) {
				return r.remedy
			}
		}
	}
	if strings.Contains(err.Error(), "Cannot acquire directory lock") {
		return "stop the process that has it open, and start again"
	}
	return "move that folder away and start again: the other replicas refill what it held"
}

// badgerOptions are chosen so that all of it stays small: uncompressed tables are read where they are
// mapped, without a cache of their own.
func badgerOptions(dir string, o Options, log badger.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(log).
		WithSyncWrites(true).
		WithNumVersionsToKeep(1).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithMemTableSize(o.MemTableBytes).
		WithNumMemtables(1).
		WithNumCompactors(2).
		WithNumLevelZeroTables(levelZeroTables).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(o.ValueLogFileBytes).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true)
}

// badgerLog passes Badger's log on, and listens: a value log whose sync failed is told of only here.
type badgerLog struct {
	to *slog.Logger

	mu     sync.Mutex
	failed error
}

// syncFailed is how Badger tells that a value log was not synced; a test watches that it still does.
const syncFailed = "Error while curlf sync: %v\n"

func (l *badgerLog) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if format == syncFailed {
		l.mu.Lock()
		l.failed = errors.New(text)
		l.mu.Unlock()
	}
	l.to.Warn("badger reports an error", "text", text)
}

func (l *badgerLog) Warningf(format string, args ...any) {
	l.to.Warn("badger warns", "text", fmt.Sprintf(format, args...))
}

func (l *badgerLog) Infof(format string, args ...any) {
	l.to.Debug("badger", "text", fmt.Sprintf(format, args...))
}

func (l *badgerLog) Debugf(string, ...any) {}

func (l *badgerLog) syncError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}
