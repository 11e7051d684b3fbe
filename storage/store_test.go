package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/folder"
	"github.com/kindreddb/kindred/storage/storetest"
)

// small are options under which a few megabytes make Badger turn over all of its files.
func small() Options {
	return Options{
		Partitions: storetest.Partitions, MemTableBytes: 1 << 20, ValueLogFileBytes: 4 << 20,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// bed is a data folder with a store on it, that can be ended and started again.
type bed struct {
	t      testing.TB
	dir    string
	opts   Options
	folder *folder.Folder
	store  *Store
	free   atomic.Int64 // 0: what the file system says
}

func newBed(t testing.TB, o Options) *bed {
	b := &bed{t: t, dir: filepath.Join(t.TempDir(), "data"), opts: o}
	b.opts.free = func(path string) (int64, error) {
		if n := b.free.Load(); n != 0 {
			return n, nil
		}
		return freeBytes(path)
	}
	b.mustStart()
	t.Cleanup(b.stop)
	return b
}

// start opens folder and store.
func (b *bed) start() (err error) {
	if b.folder, err = folder.Open(b.dir, folder.Options{Name: "n1"}); err != nil {
		return err
	}
	o := b.opts
	o.Folder = b.folder
	if b.store, err = Open(context.Background(), o); err != nil {
		b.folder.Close()
	}
	return err
}

func (b *bed) mustStart() {
	b.t.Helper()
	if err := b.start(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) stop() {
	if err := b.store.Close(); err != nil {
		b.t.Error(err)
	}
	if err := b.folder.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bed) restart() { b.stop(); b.mustStart() }

// crash goes on with a copy of the folder as it lies there now, as a process that was killed leaves it.
func (b *bed) crash() error {
	dir := filepath.Join(b.t.TempDir(), "data")
	copyFolder(b.t, b.dir, dir)
	b.stop()
	b.dir = dir
	return b.start()
}

// copyFolder copies files with their holes, as they are at one moment: where something else than a test
// makes and deletes files meanwhile, it copies again.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	for range 100 {
		before := listing(from)
		err := copyOnce(from, to)
		if err == nil && listing(from) == before {
			return
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		mustRemoveAll(t, to)
	}
	t.Fatalf("%s does not come to rest", from)
}

// listing names all files below a folder, with their lengths.
func listing(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // what is gone is not listed
		if err == nil {
			if info, err := d.Info(); err == nil {
				fmt.Fprintln(&b, path, info.Size())
			}
		}
		return nil
	})
	return b.String()
}

func copyOnce(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copySparse(path, filepath.Join(to, rel))
	})
}

func copySparse(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	const page = 64 << 10
	for at := 0; at < len(b); at += page {
		piece := b[at:min(at+page, len(b))]
		if !allZero(piece) {
			if _, err := f.WriteAt(piece, int64(at)); err != nil {
				return err
			}
		}
	}
	return f.Truncate(int64(len(b)))
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// lay writes entries as they are, beside all rules.
func (b *bed) lay(puts ...put) error {
	o := newOp(node.Range{}, puts)
	o.soon = true
	return b.store.submit(context.Background(), o)
}

func (b *bed) subject() *storetest.Subject {
	return &storetest.Subject{
		Store: b.store,
		Reopen: func() (node.Store, error) {
			b.stop()
			err := b.start()
			return b.store, err
		},
		Crash: func() (node.Store, error) {
			err := b.crash()
			return b.store, err
		},
		Damage: func(key node.Key) error {
			if err := b.store.settle(context.Background()); err != nil {
				return err
			}
			return b.lay(put{recordKey(key), []byte("Kd, and then something else")})
		},
		SetFull: func(full bool) {
			b.free.Store(0)
			if full {
				b.free.Store(1)
			}
			b.store.lookAtSpace()
		},
	}
}

func TestConformance(t *testing.T) {
	interval := small()
	interval.Interval = 50 * time.Millisecond
	for name, o := range map[string]Options{"sync": small(), "interval": interval} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) *storetest.Subject { return newBed(t, o).subject() })
		})
	}
}
