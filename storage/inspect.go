package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/table"
)

// inspect looks at a database's files before Badger does, which starts anew where the manifest is missing,
// goes on without the tables that a shortened one does not name, and ends the process where a table's footer
// is damaged. used says that the database held something. doubts says what is missing though Badger would
// start; the error why it must not.
func inspect(dir string, used bool, o badger.Options) (doubts []string, err error) {
	manifest, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		if tables, _ := filepath.Glob(filepath.Join(dir, "*.sst")); len(tables) > 0 || used && exists(dir) {
			return nil, fmt.Errorf("its file %s is missing", badger.ManifestFilename)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer manifest.Close()
	named, _, err := badger.ReplayManifestFile(manifest, 0, o)
	if err != nil {
		return nil, fmt.Errorf("its file %s cannot be read: %w", badger.ManifestFilename, err)
	}
	upto := uint64(0)
	for id := range named.Tables { // others are left from a crash, and Badger deletes them
		last, err := inspectTable(table.NewFilename(id, dir))
		if err != nil {
			return nil, fmt.Errorf("its table %s is damaged: %w", table.IDToFilename(id), err)
		}
		upto = max(upto, last)
	}
	return inspectLogs(dir, upto)
}

// inspectTable checks the index of a table of Badger 4, and gives the last commit that is in the table. The
// index lies at the end:
//
//	index, length of index (4), checksum, length of checksum (4)
//
// The checksum is a protocol buffer: field 1 the algorithm (0, CRC-32C, is left out), field 2 the sum.
func inspectTable(path string) (last uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	at := info.Size()
	behind := func(size int64) ([]byte, error) {
		if size < 0 || size > at {
			return nil, fmt.Errorf("it has %d bytes, and %d of them should lie before byte %d", info.Size(), size, at)
		}
		at -= size
		b := make([]byte, size)
		_, err := f.ReadAt(b, at)
		return b, err
	}
	sized := func() ([]byte, error) {
		length, err := behind(4)
		if err != nil {
			return nil, err
		}
		return behind(int64(binary.BigEndian.Uint32(length)))
	}
	checksum, err := sized()
	if err != nil {
		return 0, err
	}
	index, err := sized()
	if err != nil {
		return 0, err
	}
	if sum, ok := tableSum(checksum); !ok || len(index) == 0 || sum != uint64(crc32.Checksum(index, castagnoli)) {
		return 0, errors.New("the checksum of its index does not match")
	}
	return fb.GetRootAsTableIndex(index, 0).MaxVersion(), nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tableSum reads the sum of a checksum whose algorithm is CRC-32C. A sum of 0 is left out.
func tableSum(b []byte) (sum uint64, ok bool) {
	in := reader{rest: b}
	for len(in.rest) > 0 {
		switch field := in.byte(); field {
		case 1 << 3:
			if in.uvarint() != 0 {
				return 0, false
			}
		case 2 << 3:
			sum = in.uvarint()
		default:
			return 0, false
		}
	}
	return sum, !in.failed
}
