package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/folder"
	"github.com/kindreddb/kindred/storage/memory"
	"github.com/kindreddb/kindred/storage/storetest"
)

// act is one thing that a store is asked to do.
type act func(s node.Store) error

// acts are a short life with everything in it. No act says anything of time or chance, so that another
// store that does the same holds the same.
func acts() []act {
	write := func(i int, c *node.Content, blind bool, targets ...ring.NodeID) act {
		return func(s node.Store) error {
			return s.Update(context.Background(), crashKey(i), true, func(h node.Held) (node.Change, error) {
				source, err := h.Issue()
				if err != nil {
					return node.Change{}, err
				}
				seen := h.Versions.Context()
				if blind {
					seen = clock.Clock{}
				}
				v, o := clock.Update(seen, h.Versions, source), node.Object{}
				if v.Tombstone = c == nil; c != nil {
					v.Content, o.Contents = c.Digest, []*node.Content{c}
				}
				o.Versions = clock.Set{v}
				return node.Change{Write: true, Object: node.MergeObjects(h.Object, o), Targets: targets}, nil
			})
		}
	}
	remove := func(i int) act {
		return func(s node.Store) error {
			return s.Update(context.Background(), crashKey(i), true, func(node.Held) (node.Change, error) {
				return node.Change{Write: true}, nil
			})
		}
	}
	retire := func(s node.Store) error {
		return s.Update(context.Background(), crashKey(0), true, func(node.Held) (node.Change, error) {
			return node.Change{Retire: true}, nil
		})
	}
	return []act{
		func(s node.Store) error { return s.SetKnowsAll(true) },
		write(0, value(1, 100), false),
		write(1, value(2, 5000), false, 7, 8),
		write(0, value(3, 30_000), true),
		write(2, value(4, 3<<20), false), // takes several transactions
		retire,
		func(s node.Store) error { return s.(storetest.Trees).SetTreeKey(testTreeKey) },
		write(0, value(5, 10), true, 9),
		write(2, value(6, 2<<20), true),
		write(1, nil, false, 8),
		func(s node.Store) error { return s.SetKnows(node.Range{Partition: 1, N: 3}, false) },
		write(2, value(7, 50), false), // leaves chunks behind
		remove(0),
		write(0, value(8, 2500), false),
		remove(1),
	}
}

const crashKeys = 3

// testTreeKey is the cluster's secret.
var testTreeKey = antientropy.Secret{1, 2, 3}

func crashKey(i int) node.Key { return node.NewKey("crash", fmt.Sprint(i), 3) }

// stepper ends the process at a step: before or after anything that touches the disk.
type stepper struct {
	folder.OS
	left *int
}

func (s stepper) step() {
	if *s.left--; *s.left == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal is there
	}
}

func (s stepper) around(f func() error) error {
	s.step()
	err := f()
	s.step()
	return err
}

func (s stepper) Write(path string, b []byte) error {
	return s.around(func() error { return s.OS.Write(path, b) })
}

func (s stepper) Rename(from, to string) error {
	return s.around(func() error { return s.OS.Rename(from, to) })
}

func (s stepper) Open(path string) (folder.File, error) {
	f, err := s.OS.Open(path)
	return stepFile{f, s}, err
}

type stepFile struct {
	folder.File
	s stepper
}

func (f stepFile) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.s.around(func() (err error) { n, err = f.File.WriteAt(b, at); return err })
	return n, err
}

func (f stepFile) Sync() error { return f.s.around(f.File.Sync) }

// TestAKillBetweenAnyTwoSteps lives the same short life again and again, each time in a process that is
// killed at another step, and looks at what is left: what was acknowledged, or that and the act under way. A
// run takes every third step, from a random one; every one where KINDRED_TEST_EVERY_STEP is set.
func TestAKillBetweenAnyTwoSteps(t *testing.T) {
	if dir := os.Getenv("KINDRED_TEST_STEP_FOLDER"); dir != "" {
		liveUntil(dir, os.Getenv("KINDRED_TEST_STEP"))
		return
	}
	step, stride := 1+rand.IntN(3), 3
	if os.Getenv("KINDRED_TEST_EVERY_STEP") != "" {
		step, stride = 1, 1
	}
	for ended := false; !ended; step += stride {
		dir := filepath.Join(t.TempDir(), "data")
		acked := 0
		ended = child(t, "TestAKillBetweenAnyTwoSteps", func(string) bool {
			acked++
			return true
		}, "KINDRED_TEST_STEP_FOLDER="+dir, "KINDRED_TEST_STEP="+strconv.Itoa(step))
		if acked == 0 && !exists(dir, "identity") {
			continue // the folder was not yet one
		}
		checkAfter(t, dir, acked, fmt.Sprintf("step %d", step))
	}
	t.Logf("a life of %d acts has some %d steps", len(acts()), step-stride)
}

// liveUntil is the process that ends at a step. It says a line for each act that was acknowledged.
func liveUntil(dir, at string) {
	left, err := strconv.Atoi(at)
	if err != nil {
		panic(err)
	}
	s := stepper{left: &left}
	f, err := folder.Open(dir, folder.Options{FS: s})
	if err != nil {
		panic(err)
	}
	o := small()
	o.Folder, o.commit = f, s.around
	store, err := Open(context.Background(), o)
	if err != nil {
		panic(err)
	}
	for _, do := range acts() {
		if err := do(store); err != nil {
			panic(err)
		}
		fmt.Println("acked")
	}
	if err := errors.Join(store.Close(), f.Close()); err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, "ended in good order")
}

// checkAfter opens what a process left that had acknowledged so many acts.
func checkAfter(t *testing.T, dir string, acked int, when string) {
	t.Helper()
	b := &bed{t: t, dir: dir, opts: small()}
	if err := b.start(); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer b.stop()
	if len(b.store.Doubts()) > 0 || len(b.folder.Findings()) > 0 {
		t.Errorf("%s: doubts %v, findings %v", when, b.store.Doubts(), b.folder.Findings())
	}
	audit(t, b.store)
	if !sameAfter(t, b.store, acked) && !sameAfter(t, b.store, min(acked+1, len(acts()))) {
		t.Errorf("%s: the store holds neither what %d acts leave nor what one more does", when, acked)
	}
	for _, c := range b.store.Claims() {
		if c.Last > 1000 {
			t.Errorf("%s: claim %+v", when, c)
		}
	}
}

// sameAfter compares a store with one in memory that has done so many acts.
func sameAfter(t *testing.T, s node.Store, acted int) bool {
	t.Helper()
	m, err := memory.Open(memory.NewDisk(), memory.Options{Partitions: storetest.Partitions})
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range acts()[:acted] {
		if err := do(m); err != nil {
			t.Fatal(err)
		}
	}
	for i := range crashKeys {
		if !outlineOf(t, s, crashKey(i)).equal(outlineOf(t, m, crashKey(i))) {
			return false
		}
	}
	for p := range 2 {
		if r := (node.Range{Partition: p, N: 3}); s.Knows(r) != m.Knows(r) {
			return false
		}
	}
	return true
}

// child runs this test binary with one test and more environment, and gives each line that it says to f,
// until f says false: then the process is killed. ended says that it came to its end by itself, in good
// order.
func child(t *testing.T, test string, f func(line string) bool, env ...string) (ended bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+test+"$")
	cmd.Env = append(os.Environ(), env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "acked") && !f(line) {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Sys().(syscall.WaitStatus).Signaled() || err != nil && exit == nil {
		t.Fatalf("the process failed: %v\n%s", err, said.String())
	}
	return err == nil
}

// TestKillsUnderLoad kills a process with eight writers at random moments, again and again on one folder. All
// that was ever acknowledged is there, no dot is issued twice, and the database agrees with itself: the stored
// trees are those of its records.
// KINDRED_TEST_KILLS is how often; 10 without it.
func TestKillsUnderLoad(t *testing.T) {
	if dir := os.Getenv("KINDRED_TEST_LOAD_FOLDER"); dir != "" {
		load(dir)
		return
	}
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("KINDRED_TEST_KILLS")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "data")
	dots, last := make(map[string]bool), make(map[string]int)
	for kill := range kills {
		left := 1 + chance.IntN(600)
		child(t, "TestKillsUnderLoad", func(line string) bool {
			var name, dot string
			var number int
			if _, err := fmt.Sscanf(line, "acked %s %d %s", &name, &number, &dot); err != nil {
				return true // a line that was cut by the kill
			}
			if dots[dot] {
				t.Errorf("kill %d: dot %s was issued twice", kill, dot)
			}
			dots[dot], last[name] = true, number
			left--
			return left > 0
		}, "KINDRED_TEST_LOAD_FOLDER="+dir)
		b := &bed{t: t, dir: dir, opts: small()}
		b.mustStart()
		if len(b.store.Doubts()) > 0 {
			t.Errorf("kill %d: doubts %v", kill, b.store.Doubts())
		}
		audit(t, b.store)
		for name, number := range last {
			if got := loadNumberOf(b.store, name); got < number {
				t.Errorf("kill %d: %s stands at %d, and %d was acknowledged", kill, name, got, number)
			}
		}
		b.stop()
	}
	t.Logf("%d acknowledged writes over %d kills", len(dots), kills)
}

// load writes with eight writers, each its own keys, until the process is killed. Every second life confirms
// its actors.
func load(dir string) {
	f, err := folder.Open(dir, folder.Options{})
	if err != nil {
		panic(err)
	}
	o := small()
	o.Folder, o.ActorBlock = f, 50
	s, err := Open(context.Background(), o)
	if err != nil {
		panic(err)
	}
	if err := s.SetTreeKey(testTreeKey); err != nil {
		panic(err)
	}
	if os.Getpid()%2 == 0 {
		if err := s.Confirm(s.Claims()); err != nil {
			panic(err)
		}
	}
	var wg sync.WaitGroup
	var out sync.Mutex
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", w, i%5)
				number := loadNumberOf(s, name) + 1
				dot, err := put1(s, loadKey(name), numbered(number, []int{0, 500, 5000, 40_000, 1_500_000}[i%5]), false)
				if err != nil {
					slog.Error("a put failed", "error", err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Printf("acked %s %d %s\n", name, number, dot)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func loadKey(name string) node.Key { return node.NewKey("load", name, 3) }

// numbered is a content that tells its number.
func numbered(number, size int) *node.Content {
	return node.NewContent(make([]byte, size), fmt.Sprint(number), "", nil)
}

func loadNumberOf(s *Store, name string) int {
	rec, err := s.Read(context.Background(), loadKey(name), -1)
	if err != nil {
		panic(err)
	}
	highest := 0
	for _, c := range rec.Contents {
		n, err := strconv.Atoi(c.Type)
		if err != nil {
			panic(err)
		}
		highest = max(highest, n)
	}
	return highest
}
