package storage

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// mapped calls f with the bytes of a file, mapped for reading: they take no memory of the process, and must not
// be kept. A fault of the disk below them is an error, as what f returns is.
func mapped(path string, f func(b []byte) error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return f(nil)
	}
	b, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return &os.PathError{Op: "mmap", Path: path, Err: err}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: %v", path, p)
		}
		err = errors.Join(err, unix.Munmap(b))
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return f(b)
}
