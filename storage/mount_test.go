package storage

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// mount mounts a file system of its own for the test, and takes it away after it. It skips the test where
// the machine does not let it.
func mount(t *testing.T, args ...string) (dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a file system, and this test fills or cuts off one of its own")
	}
	dir = filepath.Join(t.TempDir(), "mounted")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let root mount a file system: %v: %s", err, out)
	}
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

// unmount takes a file system away, if it is still there.
func unmount(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Unmount(dir, 0); err != nil && err != syscall.EINVAL {
		t.Errorf("unmount %s: %v", dir, err)
	}
}

// image makes a file with an empty ext4 in it.
func image(t *testing.T, megabytes int64) (path string) {
	t.Helper()
	mkfs, err := exec.LookPath("mkfs.ext4")
	if err != nil {
		t.Skip("there is no mkfs.ext4 on this machine")
	}
	path = filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, megabytes<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-q", "-F", path).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	return path
}
