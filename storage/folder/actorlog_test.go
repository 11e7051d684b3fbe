package folder

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

func entry(partition int, actor uint64, bound uint64) actors.Entry {
	return actors.Entry{Range: node.Range{Partition: partition, N: 3}, Actor: clockActor(actor), Bound: bound}
}

func TestTheLastEntryOfARangeCounts(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{})
	for _, e := range []actors.Entry{entry(1, 11, 100), entry(2, 12, 100), entry(1, 11, 200), entry(3, 13, 1), entry(3, 0, 0)} {
		if err := f.Actors().Append(e); err != nil {
			t.Fatal(err)
		}
	}
	want := []actors.Entry{entry(1, 11, 200), entry(2, 12, 100)}
	for range 3 {
		if got := f.Actors().Entries(); !slices.Equal(got, want) || len(f.Findings()) != 0 {
			t.Errorf("the log holds %v, want %v; findings %v", got, want, f.Findings())
		}
		mustClose(t, f)
		f = mustOpen(t, dir, Options{})
	}
	if err := f.Actors().Clear(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	if got := mustOpen(t, dir, Options{}).Actors().Entries(); len(got) != 0 {
		t.Errorf("a cleared log holds %v", got)
	}
}

func TestTheLogIsRewrittenBeforeItGrowsLarge(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir, Options{FS: unsynced{}})
	const entries = 3 * actorsBytesMax / actorsEntry
	var batch []actors.Entry
	for i := range uint64(entries) {
		batch = append(batch, entry(int(i%7), 5, i+1))
		if len(batch) == 1000 {
			if err := f.Actors().Append(batch...); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	want := f.Actors().Entries()
	mustClose(t, f)
	info, err := os.Stat(filepath.Join(dir, actorsFile))
	if err != nil || info.Size() > actorsBytesMax+1000*actorsEntry {
		t.Errorf("the log has %d bytes, %v", info.Size(), err)
	}
	if got := mustOpen(t, dir, Options{}).Actors().Entries(); len(got) != 7 || !slices.Equal(got, want) {
		t.Errorf("the log holds %v, want %v", got, want)
	}
}

// unsynced does without syncs, where they only cost time.
type unsynced struct{ OS }

type unsyncedFile struct{ File }

func (unsyncedFile) Sync() error { return nil }

func (unsynced) Open(path string) (File, error) {
	f, err := OS{}.Open(path)
	return unsyncedFile{f}, err
}

func TestAnEntryCutShortIsLeftOutAndADamagedLogIsVoid(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, actorsFile)
	f := mustOpen(t, dir, Options{})
	if err := f.Actors().Append(entry(1, 11, 100), entry(2, 12, 100)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[actorsEntry-1] ^= 1
	for _, c := range []struct {
		name    string
		bytes   []byte
		entries int
		void    bool
	}{
		{"whole", whole, 2, false},
		{"the last entry cut short", whole[:2*actorsEntry-1], 1, false},
		{"all but a byte cut off", whole[:1], 0, false},
		{"an entry missing in the middle", append(bytes.Clone(whole), encodeActor(nil, 9, entry(3, 3, 3))...), 0, true},
		{"a bit flipped", flipped, 0, true},
		{"zeros behind it", append(bytes.Clone(whole), make([]byte, actorsEntry)...), 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, c.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			f := mustOpen(t, dir, Options{})
			if n := len(f.Actors().Entries()); n != c.entries || (len(f.Findings()) > 0) != c.void {
				t.Errorf("%d entries, findings %v", n, f.Findings())
			}
			if err := f.Actors().Append(entry(9, 9, 9)); err != nil {
				t.Fatal(err)
			}
			mustClose(t, f)
			f = mustOpen(t, dir, Options{})
			if n := len(f.Actors().Entries()); n != c.entries+1 || len(f.Findings()) > 0 {
				t.Errorf("after an entry more: %d entries, findings %v", n, f.Findings())
			}
			mustClose(t, f)
		})
	}
}

// slow counts syncs and holds the first one until it is told to go on.
type slow struct {
	OS
	syncs atomic.Int64
	gate  chan struct{}
}

type slowFile struct {
	File
	fs *slow
}

func (f slowFile) Sync() error {
	if f.fs.syncs.Add(1) == 1 {
		<-f.fs.gate
	}
	return f.File.Sync()
}

func (s *slow) Open(path string) (File, error) {
	f, err := s.OS.Open(path)
	if filepath.Base(path) != actorsFile {
		return f, err
	}
	return slowFile{f, s}, err
}

func TestWaitersShareASync(t *testing.T) {
	fs := &slow{gate: make(chan struct{})}
	dir := t.TempDir()
	log := mustOpen(t, dir, Options{FS: fs}).Actors()
	var wg sync.WaitGroup
	const writers = 20
	for i := range writers {
		wg.Go(func() {
			if err := log.Append(entry(i, uint64(i)+1, 7)); err != nil {
				t.Error(err)
			}
		})
	}
	// The first sync goes on when all the others wait for the second.
	for waiting := 0; waiting < writers-1; {
		log.mu.Lock()
		waiting = len(log.next.entries)
		log.mu.Unlock()
	}
	close(fs.gate)
	wg.Wait()
	if n := fs.syncs.Load(); n != 2 {
		t.Errorf("%d appends took %d syncs, want 2", writers, n)
	}
	if n := len(log.Entries()); n != writers {
		t.Errorf("%d entries of %d", n, writers)
	}
}

// broken fails from a given step on, as for a process that has ended: a crash between any two steps.
type broken struct {
	OS
	steps *int // left
}

var errEnded = errors.New("the process has ended")

func (b broken) step() error {
	if *b.steps--; *b.steps < 0 {
		return errEnded
	}
	return nil
}

func (b broken) Write(path string, data []byte) error {
	if err := b.step(); err != nil {
		_ = b.OS.Write(path, data[:len(data)/2])
		return err
	}
	return b.OS.Write(path, data)
}

func (b broken) Rename(from, to string) error {
	if err := b.step(); err != nil {
		return err
	}
	return b.OS.Rename(from, to)
}

func (b broken) SyncDir(path string) error {
	if err := b.step(); err != nil {
		return err
	}
	return b.OS.SyncDir(path)
}

func (b broken) Open(path string) (File, error) {
	if err := b.step(); err != nil {
		return nil, err
	}
	f, err := b.OS.Open(path)
	return brokenFile{f, b}, err
}

type brokenFile struct {
	File
	fs broken
}

func (f brokenFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.fs.step(); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], at)
		return n, err
	}
	return f.File.WriteAt(p, at)
}

func (f brokenFile) Sync() error {
	if err := f.fs.step(); err != nil {
		return err
	}
	return f.File.Sync()
}

// TestAnEndBetweenAnyTwoSteps ends the process after each number of steps, and looks at what is left: all
// that was acknowledged, and at most the one thing more that was under way.
func TestAnEndBetweenAnyTwoSteps(t *testing.T) {
	for steps := 0; ; steps++ {
		dir, left := t.TempDir(), steps
		acked, tried := life(dir, Options{Name: "n1", FS: broken{steps: &left}})
		f := mustOpen(t, dir, Options{})
		got := look(f)
		if got != acked && got != tried {
			t.Fatalf("after %d steps: found %+v; acknowledged was %+v, tried %+v", steps, got, acked, tried)
		}
		if len(f.Findings()) > 0 {
			t.Fatalf("after %d steps: %v", steps, f.Findings())
		}
		if _, err := f.LoadState("gossip"); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		mustClose(t, f)
		if acked == tried {
			return
		}
	}
}

// sight is what a folder can be seen to hold.
type sight struct {
	cluster uint64
	knows   bool
	bound   uint64
	commits uint64
	state   string
}

func look(f *Folder) sight {
	s := sight{cluster: f.Identity().Cluster, knows: f.Knows(node.Range{N: 3})}
	for _, e := range f.Actors().Entries() {
		s.bound = e.Bound
	}
	w, _ := f.Witness()
	s.commits = w.Commits
	b, _ := f.LoadState("gossip")
	s.state = string(b)
	return s
}

// life does one thing after the other until one fails. It gives what was acknowledged, and that with the
// thing that failed.
func life(dir string, o Options) (acked, tried sight) {
	f, err := Open(dir, o)
	if err != nil {
		return acked, sight{cluster: 99} // nothing can be seen of a folder that was never made
	}
	defer f.Close()
	for _, thing := range []struct {
		do    func() error
		shows func(*sight)
	}{
		{func() error { return f.BindCluster(7) }, func(s *sight) { s.cluster = 7 }},
		{func() error { return f.SetKnowsAll(true) }, func(s *sight) { s.knows = true }},
		{func() error { return f.Actors().Append(entry(1, 5, 1000)) }, func(s *sight) { s.bound = 1000 }},
		{func() error { return f.SealWitness(Witness{Commits: 1}) }, func(s *sight) { s.commits = 1 }},
		{func() error { return f.SaveState("gossip", []byte("one")) }, func(s *sight) { s.state = "one" }},
		{func() error { return f.Actors().Append(entry(1, 5, 2000)) }, func(s *sight) { s.bound = 2000 }},
		{func() error { return f.SealWitness(Witness{Commits: 2}) }, func(s *sight) { s.commits = 2 }},
		{func() error { return f.SetKnows(node.Range{N: 3}, false) }, func(s *sight) { s.knows = false }},
		{func() error { return f.SaveState("gossip", []byte("two")) }, func(s *sight) { s.state = "two" }},
		{func() error { return f.SealWitness(Witness{Commits: 3}) }, func(s *sight) { s.commits = 3 }},
	} {
		tried = acked
		thing.shows(&tried)
		if err := thing.do(); err != nil {
			return acked, tried
		}
		acked = tried
	}
	return acked, acked
}

func TestAFailedSyncStopsTheLog(t *testing.T) {
	left := 1 << 20
	log := mustOpen(t, t.TempDir(), Options{FS: broken{steps: &left}}).Actors()
	left = 1 // the write, not the sync
	if err := log.Append(entry(1, 5, 1000)); err == nil {
		t.Fatal("a failed sync was not reported")
	}
	left = 1 << 20
	if err := log.Append(entry(1, 5, 2000)); !errors.Is(err, errEnded) {
		t.Errorf("after a failed sync an append gave %v", err)
	}
}

// crowded is a disk that runs full: it takes half of what is appended, and no file more.
type crowded struct {
	OS
	full *bool
}

type crowdedFile struct {
	File
	full *bool
}

func (c crowded) Write(path string, b []byte) error {
	if *c.full && filepath.Base(path) == actorsFile+".new" {
		return unix.ENOSPC
	}
	return c.OS.Write(path, b)
}

func (c crowded) Open(path string) (File, error) {
	f, err := c.OS.Open(path)
	return crowdedFile{f, c.full}, err
}

func (f crowdedFile) WriteAt(p []byte, at int64) (int, error) {
	if !*f.full {
		return f.File.WriteAt(p, at)
	}
	n, _ := f.File.WriteAt(p[:len(p)/2], at)
	return n, unix.ENOSPC
}

// TestADiskThatRanFullLeavesNothingBehindInTheLog: of four entries two were written, whole, and nobody was
// told. An entry after them must not make them count, and the log goes on when there is room.
func TestADiskThatRanFullLeavesNothingBehindInTheLog(t *testing.T) {
	full, dir := false, t.TempDir()
	f := mustOpen(t, dir, Options{FS: crowded{full: &full}})
	if err := f.Actors().Append(entry(1, 11, 100)); err != nil {
		t.Fatal(err)
	}
	full = true
	lost := []actors.Entry{entry(2, 12, 100), entry(3, 13, 100), entry(4, 14, 100), entry(5, 15, 100)}
	for range 2 {
		if err := f.Actors().Append(lost...); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("an append to a full disk gave %v", err)
		}
	}
	if err := f.Actors().Clear(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("clearing on a full disk gave %v", err)
	}
	full = false
	if err := f.Actors().Append(entry(6, 16, 100)); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	want := f.Actors().Entries()
	mustClose(t, f)
	f = mustOpen(t, dir, Options{})
	if got := f.Actors().Entries(); !slices.Equal(got, want) || len(f.Findings()) > 0 {
		t.Errorf("the log holds %v, want %v; findings %v", got, want, f.Findings())
	}
	for _, e := range lost {
		if slices.Contains(f.Actors().Entries(), e) {
			t.Errorf("%+v is there, and its append had failed", e)
		}
	}
}
