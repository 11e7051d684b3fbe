package folder

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/node"
)

func mustOpen(t *testing.T, dir string, o Options) *Folder {
	t.Helper()
	f, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func mustClose(t *testing.T, f *Folder) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestANodeIsTheSameAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	f := mustOpen(t, dir, Options{Name: "n1"})
	if !f.Fresh() || f.Copied() || f.Node() == 0 || f.Identity().Name != "n1" {
		t.Errorf("a new folder is %+v, fresh %t, copied %t", f.Identity(), f.Fresh(), f.Copied())
	}
	if err := errors.Join(f.BindCluster(7), f.FixPartitions(64)); err != nil {
		t.Fatal(err)
	}
	want := f.Identity()
	mustClose(t, f)
	mustClose(t, f)
	f = mustOpen(t, dir, Options{})
	if f.Fresh() || f.Copied() || f.Identity() != want {
		t.Errorf("it came back as %+v, not %+v; fresh %t, copied %t", f.Identity(), want, f.Fresh(), f.Copied())
	}
	mustClose(t, f)
	f = mustOpen(t, dir, Options{Name: "renamed"})
	if f.Node() != want.Node || f.Identity().Name != "renamed" {
		t.Errorf("a new name made it %+v", f.Identity())
	}
}

func TestTheFolderIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, Options{})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTheSameFolderTwice(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("opening a folder twice gave %v", err)
	}
}

// TestTheSameFolderInTwoProcesses names the process that has the folder.
func TestTheSameFolderInTwoProcesses(t *testing.T) {
	if dir := os.Getenv("KINDRED_TEST_OPEN"); dir != "" {
		if _, err := Open(dir, Options{}); err != nil {
			os.Stdout.WriteString(err.Error())
		}
		return
	}
	dir := t.TempDir()
	mustOpen(t, dir, Options{})
	child := exec.Command(os.Args[0], "-test.run", "TestTheSameFolderInTwoProcesses")
	child.Env = append(os.Environ(), "KINDRED_TEST_OPEN="+dir)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if want := "process " + itoa(os.Getpid()); !strings.Contains(string(out), want) {
		t.Errorf("the other process was told %q, which does not name %q", out, want)
	}
}

func TestAFolderOfAnotherCluster(t *testing.T) {
	f := mustOpen(t, t.TempDir(), Options{})
	if err := f.BindCluster(0xabc); err != nil {
		t.Fatal(err)
	}
	err := f.BindCluster(0xdef)
	if !errors.Is(err, ErrOtherCluster) || !strings.Contains(err.Error(), "0000000000000abc") || !strings.Contains(err.Error(), "0000000000000def") {
		t.Errorf("the error is %v", err)
	}
	if err := f.TakeOver(5); err == nil {
		t.Error("a folder in use took over another identity")
	}
	if err := errors.Join(f.BindCluster(0xabc), f.FixPartitions(64), f.FixPartitions(64)); err != nil {
		t.Error(err)
	}
	if err := f.FixPartitions(128); err == nil {
		t.Error("the size of the ring was changed")
	}
}

func TestAnEmptyFolderTakesOverAnIdentity(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{Name: "n1"})
	if err := f.TakeOver(5); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	if f = mustOpen(t, dir, Options{}); f.Node() != 5 {
		t.Errorf("the node is %s", f.Node())
	}
}

func TestAFolderThatCannotBeUsedNamesItsPath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), "/proc/kindred"} {
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestAFolderWithDataButNoIdentityIsNotNew(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{})
	if err := f.SealWitness(Witness{Database: 1, Commits: 9}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	path := filepath.Join(dir, identityFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func() error{
		"missing":   func() error { return os.Remove(path) },
		"empty":     func() error { return os.WriteFile(path, nil, 0o600) },
		"cut short": func() error { return os.WriteFile(path, whole[:len(whole)/2], 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "identity file") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACopyIsToldFromItsOriginal(t *testing.T) {
	original, copied := t.TempDir(), t.TempDir()
	f := mustOpen(t, original, Options{Name: "n1"})
	want := f.Node()
	mustClose(t, f)
	if err := os.CopyFS(filepath.Join(copied, "data"), os.DirFS(original)); err != nil {
		t.Fatal(err)
	}
	f = mustOpen(t, filepath.Join(copied, "data"), Options{})
	if !f.Copied() || f.Node() != want {
		t.Errorf("a copy is said to be copied: %t, node %s", f.Copied(), f.Node())
	}
	mustClose(t, f)
	f = mustOpen(t, filepath.Join(copied, "data"), Options{})
	if !f.Copied() {
		t.Error("nobody drew conclusions from the copy, and it is not said any more")
	}
	if err := f.SettleCopy(); err != nil || !f.Copied() {
		t.Errorf("a settled copy is said to be copied during the run: %t, %v", f.Copied(), err)
	}
	mustClose(t, f)
	if f = mustOpen(t, filepath.Join(copied, "data"), Options{}); f.Copied() {
		t.Error("a settled copy is said to be copied again")
	}
	if f = mustOpen(t, original, Options{}); f.Copied() {
		t.Error("the original is said to be copied")
	}
}

func TestFactsSurviveAndDamagedOnesAreNoKnowledge(t *testing.T) {
	dir := t.TempDir()
	a, b := node.Range{Partition: 1, N: 3}, node.Range{Partition: 2, N: 3}
	f := mustOpen(t, dir, Options{})
	if f.Knows(a) {
		t.Error("a new folder knows")
	}
	if err := errors.Join(f.SetKnowsAll(true), f.SetKnows(a, false)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	f = mustOpen(t, dir, Options{})
	if f.Knows(a) || !f.Knows(b) || len(f.Findings()) != 0 {
		t.Errorf("knows %t and %t, findings %v", f.Knows(a), f.Knows(b), f.Findings())
	}
	mustClose(t, f)
	if err := os.WriteFile(filepath.Join(dir, factsFile), []byte("Kd"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f = mustOpen(t, dir, Options{}); f.Knows(b) || len(f.Findings()) != 1 {
		t.Errorf("with damaged facts it knows: %t, findings %v", f.Knows(b), f.Findings())
	}
}

func TestStates(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{})
	if b, err := f.LoadState("gossip"); b != nil || err != nil {
		t.Errorf("nothing was saved, and it gave %q, %v", b, err)
	}
	for _, state := range []string{"", "first", "second"} {
		if err := f.SaveState("gossip", []byte(state)); err != nil {
			t.Fatal(err)
		}
		if b, err := f.LoadState("gossip"); string(b) != state || err != nil {
			t.Errorf("%q came back as %q, %v", state, b, err)
		}
	}
	mustClose(t, f)
	f = mustOpen(t, dir, Options{})
	if b, err := f.LoadState("gossip"); string(b) != "second" || err != nil {
		t.Errorf("after a restart it is %q, %v", b, err)
	}
	path := filepath.Join(dir, stateDir, "gossip")
	if err := os.Rename(path, filepath.Join(dir, stateDir, "other")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.LoadState("other"); !Damaged(err) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a state under another's name gave %v", err)
	}
	for _, name := range []string{"", "..", "a/b", "A", strings.Repeat("a", 65)} {
		if err := f.SaveState(name, nil); err == nil {
			t.Errorf("%q was taken for a name", name)
		}
	}
}

func TestTheWitnessKeepsTheLastSealThatWasWhole(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{})
	if w, lost := f.Witness(); w != (Witness{}) || lost {
		t.Errorf("a new folder's witness is %+v, lost %t", w, lost)
	}
	for i := range uint64(5) {
		if err := f.SealWitness(Witness{Database: 9, Commits: i, Open: true, Interval: i%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, f)
	f = mustOpen(t, dir, Options{})
	want := Witness{Database: 9, Commits: 4, Open: true, Interval: true}
	if w, lost := f.Witness(); w != want || lost {
		t.Errorf("the witness is %+v, lost %t", w, lost)
	}
	mustClose(t, f)
	path := filepath.Join(dir, witnessName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[slotDistance+20] ^= 1 // the fifth seal
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f = mustOpen(t, dir, Options{})
	if w, lost := f.Witness(); w.Commits != 3 || lost {
		t.Errorf("with the last seal torn it is %+v, lost %t", w, lost)
	}
	mustClose(t, f)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, lost := mustOpen(t, dir, Options{}).Witness(); !lost {
		t.Error("a lost witness is not noticed")
	}
}

// listed notes which directories are synced.
type listed struct {
	OS
	dirs *[]string
}

func (l listed) SyncDir(path string) error {
	*l.dirs = append(*l.dirs, path)
	return l.OS.SyncDir(path)
}

func TestTheNamesOfANewFolderAreOnDisk(t *testing.T) {
	root := t.TempDir()
	var dirs []string
	mustOpen(t, filepath.Join(root, "deep", "data"), Options{FS: listed{dirs: &dirs}})
	for _, want := range []string{root, filepath.Join(root, "deep"), filepath.Join(root, "deep", "data")} {
		if !slices.Contains(dirs, want) {
			t.Errorf("%s was not synced, only %v", want, dirs)
		}
	}
}
