package storage

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
)

// TestAFullDisk fills a small file system for real, in a process of its own: where the guard fails, Badger
// ends the process.
func TestAFullDisk(t *testing.T) {
	if raceDetector {
		// value.go, rewrite: MaxVersion is read while a commit may be writing it. It is one aligned word, used as
		// a lower bound, and Badger's own; this test collects in the background all the time.
		t.Skip("Badger's collecting reads a number that its commits write without a lock")
	}
	if dir := os.Getenv("KINDRED_TEST_FULL_FOLDER"); dir != "" {
		fillDisk(t, dir)
		return
	}
	dir := mount(t, "-t", "tmpfs", "-o", "size=64m", "kindred-test")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestAFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), "KINDRED_TEST_FULL_FOLDER="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	o := small()
	o.CollectEvery = 100 * time.Millisecond
	b := &bed{t: t, dir: filepath.Join(dir, "data"), opts: o}
	b.mustStart()
	defer func() { b.stop() }()
	// New keys until there is no room.
	stored := 0
	for ; ; stored++ {
		_, err := put1(b.store, testKey(stored), value(stored, 100_000), false)
		if errors.Is(err, node.ErrDiskFull) {
			break
		} else if err != nil || stored > 1000 {
			t.Fatalf("put %d: %v", stored, err)
		}
	}
	readAll := func() {
		t.Helper()
		for i := range stored {
			rec, err := b.store.Read(t.Context(), testKey(i), -1)
			if err != nil || len(rec.Contents) != 1 || rec.Contents[0].Digest != value(i, 100_000).Digest {
				t.Errorf("key %d is read as %d versions, %v", i, len(rec.Versions), err)
			}
		}
	}
	readAll()
	// Somebody else takes the rest.
	hog := filepath.Join(dir, "hog")
	if err := os.WriteFile(hog, make([]byte, max(0, free(t, dir)-(512<<10))), 0o600); err != nil {
		t.Fatal(err)
	}
	b.store.lookAtSpace()
	if _, err := put1(b.store, testKey(0), value(0, 10), false); !errors.Is(err, node.ErrDiskFull) || !b.store.Stats().Full {
		t.Errorf("a put to a full disk gave %v", err)
	}
	readAll()
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	// A start on a disk below the floor serves reads.
	b.restart()
	readAll()
	if _, err := put1(b.store, testKey(0), value(0, 10), false); !errors.Is(err, node.ErrDiskFull) {
		t.Errorf("a put after the restart gave %v", err)
	}
	// With room, service returns by itself.
	if out, err := exec.Command("mount", "-o", "remount,size=96m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	waitFor(t, "writes are taken again", func() bool { return !b.store.Stats().Full })
	// One key overwritten with more than the disk holds: what is dead is collected, and makes room.
	for i := 0; i < 450; {
		_, err := put1(b.store, testKey(-1), value(i, 200_000), false)
		switch {
		case err == nil:
			i++
		case errors.Is(err, node.ErrDiskFull):
			waitFor(t, "dead values are collected", func() bool { return !b.store.Stats().Full })
		default:
			t.Fatal(err)
		}
	}
	readAll()
	audit(t, b.store)
}

func free(t *testing.T, dir string) int64 {
	t.Helper()
	n, err := freeBytes(dir)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
