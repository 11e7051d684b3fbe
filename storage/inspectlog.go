package storage

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// logs walks through the logs of the memtables, in which every commit follows the one before it: the
// first one that is in no table must be the next after upto, the last one that is. A gap is data that is
// missing, though what came later is there.
func (in *inspection) logs(upto uint64) error {
	for _, ext := range []string{".mem", ".vlog"} {
		if err := dropNewborn(in.dir, ext); err != nil {
			return err
		}
	}
	logs, err := byNumber(in.dir, ".mem")
	if err != nil {
		return err
	}
	for _, path := range logs {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		first, last := commitsIn(b)
		if first > upto+1 {
			if err := in.doubt("the database lacks commits %d to %d, and holds later ones", upto+1, first-1); err != nil {
				return err
			}
		}
		upto = max(upto, last)
	}
	return in.valueLog(upto)
}

// The parts of a log of Badger 4: a header, then entries, then zeros.
//
//	entry: meta (1), user meta (1), uvarint length of key, of value, time of expiry, key, value, CRC-32C (4)
//	key:   key, and the largest number less the commit (8)
//
// The entries of a commit have the mark of a transaction; the last one, of its own, ends it.
const (
	logHeader      = 8 + 12
	inTransaction  = 1 << 6
	endTransaction = 1 << 7
)

// commitsIn gives the first and the last commit that a log holds whole; 0 where it holds none. What was moved
// from a value log keeps its old number and the mark of no transaction: it does not count.
func commitsIn(log []byte) (first, last uint64) {
	if len(log) < logHeader {
		return 0, 0
	}
	for log = log[logHeader:]; ; {
		meta, commit, length := logEntry(log)
		switch {
		case length == 0:
			return first, last
		case meta&endTransaction != 0:
			last = commit
			if first == 0 {
				first = commit
			}
		case meta&inTransaction != 0 && commit < last:
			return first, last
		}
		log = log[length:]
	}
}

// logEntry reads the entry in front; length is 0 where there is none that is whole.
func logEntry(b []byte) (meta byte, commit uint64, length int) {
	in := reader{rest: b}
	meta = in.byte()
	in.byte()
	key, value := in.uvarint(), in.uvarint()
	in.uvarint()
	if in.failed || key < 8 || key > math.MaxUint16 || value > math.MaxInt32 {
		return 0, 0, 0
	}
	name := in.take(int(key))
	in.take(int(value))
	sealed := len(b) - len(in.rest)
	sum := in.take(4)
	if in.failed || binary.BigEndian.Uint32(sum) != crc32.Checksum(b[:sealed], castagnoli) {
		return 0, 0, 0
	}
	return meta, math.MaxUint64 - binary.BigEndian.Uint64(name[key-8:]), sealed + 4
}

// dropNewborn deletes a log that a power cut left without a byte: it was made and never written to. Badger
// refuses to start on one. Only the last of its kind can be such a log.
func dropNewborn(dir, ext string) error {
	logs, err := byNumber(dir, ext)
	if err != nil || len(logs) == 0 {
		return err
	}
	last := logs[len(logs)-1]
	info, err := os.Stat(last)
	if err != nil || info.Size() > 0 {
		return err
	}
	return os.Remove(last)
}

// byNumber lists the files with the extension in the order of their numbers, which have leading zeros until
// they are longer.
func byNumber(dir, ext string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+ext))
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return paths, err
}
