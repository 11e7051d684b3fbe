package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// State is the content of demo.json.
type State struct {
	PID   int    `json:"pid"` // of the demo itself
	Keep  bool   `json:"keep"`
	Nodes []Node `json:"nodes"`
}

const (
	stateFile     = "demo.json"
	lockFile      = "demo.lock"
	restartSuffix = ".restart"
)

// ErrRuns says that a demo runs in the folder already.
var ErrRuns = errors.New("a demo runs there already")

// ErrNotOurs says that the folder holds something else than a demo.
var ErrNotOurs = errors.New("the folder was not made by a demo")

// open takes the folder for this process: a new one is made, what an earlier demo left is deleted, unless
// that one was told to keep it. The lock is held until the returned file is closed.
func open(folder string, keep bool) (lock *os.File, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the folder %s: %w", folder, err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(folder, lockFile)); err != nil {
			return nil, fmt.Errorf("%s: %w", folder, ErrNotOurs)
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s: %w", folder, err)
	}
	lock, err = os.OpenFile(filepath.Join(folder, lockFile), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder %s: %w", folder, err)
	}
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		lock.Close()
		return nil, fmt.Errorf("%s: %w", folder, ErrRuns)
	}
	if before, err := readState(folder); err == nil && (before.Keep || keep) {
		return lock, nil
	}
	if err := empty(folder); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// empty deletes everything in the folder but the lock.
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != lockFile && err == nil {
			err = os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("what an earlier demo left in %s cannot be deleted: %w", folder, err)
	}
	return nil
}

// runs says whether a demo holds the folder's lock.
func runs(folder string) bool {
	lock, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer lock.Close()
	return unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}

func readState(folder string) (State, error) {
	var s State
	content, err := os.ReadFile(filepath.Join(folder, stateFile))
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	return s, err
}

// write replaces demo.json in one step.
func (s State) write(folder string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temp := filepath.Join(folder, stateFile+".new")
	if err := os.WriteFile(temp, append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(folder, stateFile))
}

// lastLines is the end of a node's log, for the message that it died.
func lastLines(path string, count int) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return lines[max(0, len(lines)-count):]
}
