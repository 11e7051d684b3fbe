package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOnlyDamageAdvisesToThrowADatabaseAway: the advice must not cost the data where the machine is at fault.
func TestOnlyDamageAdvisesToThrowADatabaseAway(t *testing.T) {
	for _, c := range []struct {
		err    error
		remedy string
	}{
		{&fs.PathError{Op: "truncate", Path: "1.mem", Err: unix.ENOSPC}, "free some space"},
		{errors.New("while creating: 1.mem: no space left on device"), "free some space"},
		{unix.EDQUOT, "free some space"},
		{unix.EMFILE, "ulimit"},
		{errors.New("unable to open: 000001.vlog: too many open files"), "ulimit"},
		{unix.EACCES, "let this user"},
		{unix.EROFS, "let this user"},
		{unix.EIO, "dmesg"},
		{errors.New(`Cannot acquire directory lock on "x".  Another process is using this Badger database. error: resource temporarily unavailable`), "stop the process"},
		{errors.New("its table 000001.sst is damaged"), "move that folder away"},
	} {
		if got := remedy(c.err); !strings.Contains(got, c.remedy) {
			t.Errorf("%v: %s", c.err, got)
		}
	}
}

func TestAStartOnAFullDiskIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	b := newBed(t, small())
	if _, err := put1(b.store, testKey(1), value(1, 3000), false); err != nil {
		t.Fatal(err)
	}
	b.stop()
	before := listing(b.dir)
	b.free.Store(1 << 20)
	err := b.start()
	if !errors.Is(err, ErrUnusable) || !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "free some space") || strings.Contains(err.Error(), "move") {
		t.Errorf("a start without space gave %v", err)
	}
	if after := listing(b.dir); after != before {
		t.Errorf("the refused start left\n%s, and found\n%s", after, before)
	}
	b.free.Store(0)
	b.mustStart()
	if b.versions(testKey(1)) != 1 {
		t.Error("the value is gone")
	}
}

// TestAValueLogWhoseSyncFailedIsHeardOf names the one line of Badger's log that the store acts upon. When
// Badger says it otherwise, a failed sync would be taken for a good one: look at valueLog.write.
func TestAValueLogWhoseSyncFailedIsHeardOf(t *testing.T) {
	source := moduleFile(t, "github.com/dgraph-io/badger/v4", "value.go")
	if call := fmt.Sprintf("vlog.opt.Errorf(%q, err)", syncFailed); !strings.Contains(source, call) {
		t.Errorf("this version of Badger has no %s", call)
	}
	l := &badgerLog{to: slog.New(slog.DiscardHandler)}
	l.Errorf("Error of another kind: %v", unix.EIO)
	if err := l.syncError(); err != nil {
		t.Errorf("another error is taken for a failed sync: %v", err)
	}
	l.Errorf(syncFailed, unix.EIO)
	if err := l.syncError(); err == nil || !strings.Contains(err.Error(), unix.EIO.Error()) {
		t.Errorf("a failed sync is told as %v", err)
	}
}

// moduleFile reads a file of the module that this test was built with.
func moduleFile(t *testing.T, module, name string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Skipf("there is no go command here to ask where %s lies: %v", module, err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
