package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// inspection looks at a database's files before Badger does, which starts anew where the manifest is missing,
// goes on without the tables that a shortened one does not name, and ends the process where a table's footer
// is damaged.
type inspection struct {
	dir  string
	opts badger.Options
	// used says that the database held something.
	used bool
	// checkBytesMax is up to which size all tables are read as a whole, and mended.
	checkBytesMax int64
	// remember keeps a doubt on disk. It is called before anything is changed that the doubt rests on: a start
	// that ends in between must not have the next one find all well.
	remember func(doubt string) error

	// doubts say what is missing though Badger would start.
	doubts []string
	// checked are the numbers of the tables that were read as a whole.
	checked map[uint64]bool
}

func (in *inspection) doubt(format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	in.doubts = append(in.doubts, why)
	return in.remember(why)
}

// run looks at all files. The error says why Badger must not start.
func (in *inspection) run() error {
	manifest, err := os.Open(filepath.Join(in.dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		if tables, _ := filepath.Glob(filepath.Join(in.dir, "*.sst")); len(tables) > 0 || in.used && exists(in.dir) {
			return fmt.Errorf("its file %s is missing", badger.ManifestFilename)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer manifest.Close()
	named, _, err := badger.ReplayManifestFile(manifest, 0, in.opts)
	if err != nil {
		return fmt.Errorf("its file %s cannot be read: %w", badger.ManifestFilename, err)
	}
	var total int64
	for id := range named.Tables { // others are left from a crash, and Badger deletes them
		if info, err := os.Stat(table.NewFilename(id, in.dir)); err == nil {
			total += info.Size()
		}
	}
	upto := uint64(0)
	for id := range named.Tables {
		last, err := in.table(id, total <= in.checkBytesMax)
		if err != nil {
			return fmt.Errorf("its table %s is damaged: %w", table.IDToFilename(id), err)
		}
		upto = max(upto, last)
	}
	return in.logs(upto)
}

// table looks at one table, and gives the last commit that is in it.
func (in *inspection) table(id uint64, whole bool) (last uint64, err error) {
	path := table.NewFilename(id, in.dir)
	last, err = inspectTable(path)
	if err != nil || !whole {
		return last, err
	}
	in.checked[id] = true
	damaged, err := damagedBlocks(path)
	if err != nil || damaged == 0 {
		return last, err
	}
	if err := in.doubt("%d blocks of the table %s are damaged", damaged, table.IDToFilename(id)); err != nil {
		return 0, err
	}
	if err := mendTable(path, in.opts); err != nil {
		return 0, err
	}
	return inspectTable(path)
}
