package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/envelope"
)

// Options set up a Folder.
type Options struct {
	// Name of the node. It may differ from that of an earlier run. "" keeps the name.
	Name string
	// FS is the file system; nil means OS.
	FS FS
}

// Folder is a node's data folder, open for this process alone. All methods may be called concurrently.
type Folder struct {
	dir      string
	files    FS
	lock     *os.File
	fresh    bool
	copied   bool
	findings []error
	actors   *ActorLog
	witness  witnessFile
	facts    atomic.Pointer[facts] // replaced under mu

	mu       sync.Mutex
	identity Identity
	closed   bool
}

// Open opens the folder, and makes it where there is none. The error says which path, what is wrong and what
// to do; it wraps ErrInUse where another process has the folder.
func Open(dir string, o Options) (*Folder, error) {
	if o.FS == nil {
		o.FS = OS{}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %q: %w", dir, err)
	}
	if err := prepare(dir, o.FS); err != nil {
		return nil, fmt.Errorf("data folder %s: %w; it must be a folder that this user may write to", dir, err)
	}
	lock, err := take(dir)
	if errors.Is(err, ErrInUse) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("data folder %s: %w; it must be a folder that this user may write to", dir, err)
	}
	f := &Folder{dir: dir, files: o.FS, lock: lock}
	if err := f.load(o.Name); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// prepare makes the folder and its parts, for the owner alone, and has the names of what it made on disk.
func prepare(dir string, files FS) error {
	var parents []string // of what is not there
	for d := filepath.Join(dir, stateDir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !missing(err) || d == filepath.Dir(d) {
			break
		}
		parents = append(parents, filepath.Dir(d))
	}
	if err := os.MkdirAll(filepath.Join(dir, stateDir), 0o700); err != nil {
		return err
	}
	for _, d := range parents {
		if err := files.SyncDir(d); err != nil && !errors.Is(err, fs.ErrPermission) { // of a parent that may not be read
			return err
		}
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}

func (f *Folder) load(name string) error {
	if err := f.loadIdentity(name); err != nil {
		return err
	}
	if err := f.loadFacts(); err != nil {
		return err
	}
	if err := f.loadWitness(); err != nil {
		return err
	}
	var err error
	if f.actors, err = openActorLog(f.files, f.dir); err != nil {
		return err
	}
	if f.actors.void != nil {
		f.findings = append(f.findings, f.actors.void)
	}
	return nil
}

func (f *Folder) loadIdentity(name string) error {
	b, err := f.files.Read(f.path(identityFile))
	if missing(err) {
		return f.found(name)
	}
	if err != nil {
		return err
	}
	id, err := decodeIdentity(b)
	if err != nil {
		return fmt.Errorf("the identity file cannot be read: %w; put the file back from a backup, or move the folder away and start with an empty one: the other replicas refill it", err)
	}
	mark, err := markOf(f.path(identityFile))
	if err != nil {
		return err
	}
	next := id
	if mark != id.Mark {
		next.Copied = true
	}
	if name != "" {
		next.Name = name
	}
	f.identity, f.copied = id, next.Copied
	if next == id {
		return nil
	}
	return f.saveIdentity(next)
}

// found makes the identity of an empty folder. One that holds data, and has lost its identity, is no empty
// folder.
func (f *Folder) found(name string) error {
	for _, left := range []string{DatabaseDir, actorsFile, witnessName} {
		if _, err := os.Stat(f.path(left)); err == nil {
			return fmt.Errorf("it holds %q but no identity file; put the file back from a backup, or move the folder away and start with an empty one: the other replicas refill it", left)
		}
	}
	f.fresh = true
	return f.saveIdentity(newIdentity(name))
}

// DatabaseDir is the part of the folder that belongs to the database.
const DatabaseDir = "badger"

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// Dir is the folder's absolute path.
func (f *Folder) Dir() string { return f.dir }

// Database is the path of the database's folder, which may not exist yet.
func (f *Folder) Database() string { return f.path(DatabaseDir) }

// Fresh says whether this Open made the identity.
func (f *Folder) Fresh() bool { return f.fresh }

// Copied says whether the folder is a copy of the one in which its identity was written: restored from a
// backup, or copied with its original perhaps alive. Each opening says so, until one is followed by
// SettleCopy: a start that fails halfway leaves it to the next one to draw the conclusions.
func (f *Folder) Copied() bool { return f.copied }

// SettleCopy notes that the conclusions were drawn from the folder's being a copy, and are on disk: later
// openings do not say it again. Copied itself goes on saying what it said.
func (f *Folder) SettleCopy() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.identity.Copied {
		return nil
	}
	next := f.identity
	next.Copied = false
	return f.wrap("note that the folder is no copy any more", f.saveIdentity(next))
}

// Findings are the files that were found damaged, each with what was concluded from it.
func (f *Folder) Findings() []error { return f.findings }

// Actors is the log of actors.
func (f *Folder) Actors() *ActorLog { return f.actors }

// Identity is who the node is.
func (f *Folder) Identity() Identity {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.identity
}

// Node is the node's id.
func (f *Folder) Node() ring.NodeID { return f.Identity().Node }

// BindCluster notes that the folder belongs to the cluster, for ever. Where it already belongs to another
// one the error wraps ErrOtherCluster and names both.
func (f *Folder) BindCluster(id uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.identity.Cluster {
	case id:
		return nil
	case 0:
		next := f.identity
		next.Cluster = id
		return f.wrap("join a cluster", f.saveIdentity(next))
	}
	return fmt.Errorf("%w: %s holds data of cluster %016x, and this is cluster %016x; give the node another folder, or join the cluster that the folder is of",
		ErrOtherCluster, f.dir, f.identity.Cluster, id)
}

// FixPartitions notes the size of the ring, on which what is stored from now on depends. It never changes.
func (f *Folder) FixPartitions(partitions int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.identity.Partitions {
	case partitions:
		return nil
	case 0:
		next := f.identity
		next.Partitions = partitions
		return f.wrap("note the size of the ring", f.saveIdentity(next))
	}
	return fmt.Errorf("data folder %s holds data of a ring of %d partitions, not of %d", f.dir, f.identity.Partitions, partitions)
}

// TakeOver gives a new folder the identity of a member whose folder is lost. It is refused once the folder
// belongs to a cluster.
func (f *Folder) TakeOver(node ring.NodeID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.identity.Node == node {
		return nil
	}
	if f.identity.Cluster != 0 || f.identity.Partitions != 0 {
		return fmt.Errorf("data folder %s is in use as node %s: only an empty one may take over node %s", f.dir, f.identity.Node, node)
	}
	next := f.identity
	next.Node = node
	return f.wrap("take over an identity", f.saveIdentity(next))
}

// Close lets the folder go. Closing twice does nothing.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	var errs []error
	if f.actors != nil && f.actors.file != nil {
		errs = append(errs, f.actors.close())
	}
	if f.witness.file != nil {
		errs = append(errs, f.witness.file.Close())
	}
	return f.wrap("close", errors.Join(append(errs, f.lock.Close())...))
}

// wrap says which folder, and what was attempted.
func (f *Folder) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("data folder %s: %s: %w", f.dir, what, err)
}

// Damaged says whether an error is that of a file that is not what was written.
func Damaged(err error) bool { return errors.Is(err, envelope.ErrDamaged) }
