package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/folder"
)

// ErrUnusable is wrapped by Open where the database cannot be opened at all.
var ErrUnusable = errors.New("the database cannot be used")

// database is Badger in managed mode, with its sharp edges covered: reads that panic or fault, value logs
// that go away below a reader, files whose names are not on disk.
//
// Managed mode gives timestamps and visibility to us: a reader looks at the last commit that was synced,
// where Badger's own transactions would show a commit before its sync and wait for those under way.
type database struct {
	*badger.DB
	dir     string
	log     *badgerLog
	doubts  []string        // what its files lack
	checked map[uint64]bool // numbers of tables that were read as a whole; the pass over tables owns it
	damages damages
	// collects is odd while dead values are being collected: what was just found may be gone.
	collects atomic.Uint64
	dirTime  time.Time // of the directory, when it was last synced
	// panicked is the first panic that was recovered from Badger, which may have left a lock of its own held.
	panicked atomic.Pointer[error]
	alarm    func(why error) // hears of it; nil until the store is ready to
}

// panics is deferred around calls of Badger: it makes the panic an error that wraps node.ErrDamaged.
func (db *database) panics(what string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	*err = fmt.Errorf("%w: %s the database in %s: %v", node.ErrDamaged, what, db.dir, p)
	why := fmt.Errorf("the database panicked and may hang from now on; look at its disk: %w", *err)
	if db.panicked.CompareAndSwap(nil, &why) && db.alarm != nil {
		db.alarm(why)
	}
}

// close closes the database, unless that might hang.
func (db *database) close() error {
	if p := db.panicked.Load(); p != nil {
		return *p
	}
	return db.Close()
}

// meta is what the database says of itself; it is written with every commit.
type meta struct {
	database uint64 // drawn at its birth
	commits  uint64 // this one included
	damaged  uint64 // objects that failed their checks, ever
}

func (m meta) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, m.database)
	b = binary.BigEndian.AppendUint64(b, m.commits)
	return binary.BigEndian.AppendUint64(b, m.damaged)
}

func decodeMeta(payload []byte) (meta, error) {
	in := reader{rest: payload}
	m := meta{in.uint64(), in.uint64(), in.uint64()}
	if in.failed || len(in.rest) > 0 {
		return meta{}, fmt.Errorf("%w: what the database says of itself", node.ErrDamaged)
	}
	return m, nil
}

// write commits a batch and returns when it is on disk.
func (db *database) write(ts uint64, batch []*op, more []put) error {
	txn := db.NewTransactionAt(ts, true)
	defer txn.Discard()
	for _, o := range batch {
		if err := stage(txn, o.puts); err != nil {
			return err
		}
	}
	if err := stage(txn, more); err != nil {
		return err
	}
	if err := txn.CommitAt(ts, nil); err != nil {
		return err
	}
	if err := db.log.syncError(); err != nil {
		return err
	}
	return db.syncDir()
}

func stage(txn *badger.Txn, puts []put) error {
	for _, p := range puts {
		var err error
		if p.value == nil {
			err = txn.Delete(p.key)
		} else {
			err = txn.Set(p.key, p.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// syncDir makes sure that the names of new logs are on disk: Badger syncs files, and not the directory that
// it makes them in. A change within the grain of the directory's time is looked at again.
func (db *database) syncDir() error {
	info, err := os.Stat(db.dir)
	if err != nil {
		return err
	}
	if changed := info.ModTime(); changed != db.dirTime {
		if err := (folder.OS{}).SyncDir(db.dir); err != nil {
			return err
		}
		if age := time.Since(changed); age > 100*time.Millisecond {
			db.dirTime = changed
		}
	}
	return nil
}

// view looks at the moment ts, and again when it met values that were being moved: f must bear to be called
// again.
func (db *database) view(ts uint64, f func(*badger.Txn) error) error {
	for try := 0; ; try++ {
		before := db.collects.Load()
		err := db.look(ts, f)
		moved := before%2 == 1 || db.collects.Load() != before
		if !errors.Is(err, node.ErrDamaged) || !moved || try == readTriesMax {
			return err
		}
	}
}

// look looks at the moment ts. A panic, or a fault of the disk below a mapped file, is an error.
func (db *database) look(ts uint64, f func(*badger.Txn) error) (err error) {
	defer db.panics("reading", &err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	txn := db.NewTransactionAt(ts, false)
	defer txn.Discard()
	return f(txn)
}

// readTriesMax is how often a read is tried again that met values which were being moved.
const readTriesMax = 3

// get reads one object; absence is found = false. The payload is the caller's.
func get(txn *badger.Txn, key []byte) (payload []byte, found bool, err error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	value, err := item.ValueCopy(nil)
	if err != nil {
		return nil, true, err
	}
	payload, err = unseal(key, value)
	return payload, true, err
}

// keysUnder calls f for every key that begins with prefix and is not below from, in order, until it returns
// false. The key is f's only during the call.
func keysUnder(txn *badger.Txn, prefix, from []byte, f func(item *badger.Item) (bool, error)) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	if from == nil {
		from = prefix
	}
	for it.Seek(from); it.ValidForPrefix(prefix); it.Next() {
		more, err := f(it.Item())
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// damages counts objects that failed their checks: each once, as far as can be remembered.
type damages struct {
	mu    sync.Mutex
	known map[string]bool
	total uint64
}

// damagesKnownMax bounds what is remembered.
const damagesKnownMax = 10_000

func (d *damages) note(key []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[string(key)] {
		return
	}
	if d.known == nil || len(d.known) >= damagesKnownMax {
		d.known = make(map[string]bool)
	}
	d.known[string(key)] = true
	d.total++
}

func (d *damages) count() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.total
}

// exists says whether the file is there.
func exists(path ...string) bool {
	_, err := os.Stat(filepath.Join(path...))
	return err == nil
}
