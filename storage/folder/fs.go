package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is the little that a folder asks of a file system. OS is the real one; tests put one in its place that
// fails, or ends the process, at a chosen step.
type FS interface {
	// Read gives a whole file; the error is fs.ErrNotExist where there is none.
	Read(path string) ([]byte, error)
	// Write creates the file or empties it, writes b and returns when the file is on disk (its name may not
	// be).
	Write(path string, b []byte) error
	// Rename puts the file in the place of another, at once.
	Rename(from, to string) error
	// SyncDir returns when the names in the directory are on disk.
	SyncDir(path string) error
	// Open opens a file for writing at offsets, and creates it where there is none.
	Open(path string) (File, error)
}

// File is an open file.
type File interface {
	io.WriterAt
	// Sync returns when what was written is on disk.
	Sync() error
	Close() error
}

// OS is the real file system. Files are for their owner only.
type OS struct{}

const fileMode = 0o600

// Read is os.ReadFile.
func (OS) Read(path string) ([]byte, error) { return os.ReadFile(path) }

// Write writes and syncs a file.
func (OS) Write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Rename is os.Rename.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// SyncDir syncs a directory.
func (OS) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open is os.OpenFile.
func (OS) Open(path string) (File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
}

// replace puts a file in the place of another, or of none: after a crash the one or the other is there,
// whole.
func replace(files FS, dir, name string, b []byte) error {
	path := dir + "/" + name
	if err := files.Write(path+".new", b); err != nil {
		return err
	}
	if err := files.Rename(path+".new", path); err != nil {
		return err
	}
	return files.SyncDir(dir)
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
