package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/kindreddb/kindred/storage/folder"
)

// Badger takes a damaged block of a table for one without the key: it looks on in older tables, and an older
// record, or none, is the answer. A compaction leaves out all that follows such a block in its table. So
// tables are checked before it is trusted with them (inspect), and when they are new (checkTables).
//
// A table of Badger 4, as it is written here:
//
//	blocks, index, length of index (4), checksum, length of checksum (4)
//	block: entries, offset of each (4, in the machine's order), their number (4), checksum, its length (4)
//	entry: bytes shared with the block's first key (2), others (2; both in the machine's order), those, value
//
// A checksum is a protocol buffer: field 1 the algorithm (0, CRC-32C, is left out), field 2 the sum.

// errTable is what is wrong with a table.
var errTable = errors.New("it does not have its form")

// inspectTable checks the index of a table, and gives the last commit that is in the table.
func inspectTable(path string) (last uint64, err error) {
	err = mapped(path, func(b []byte) error {
		index, err := tableIndex(b)
		if err == nil {
			last = index.MaxVersion()
		}
		return err
	})
	return last, err
}

// tableIndex finds the index and checks it.
func tableIndex(b []byte) (*fb.TableIndex, error) {
	sized := func() ([]byte, error) {
		if len(b) >= 4 {
			at := len(b) - 4
			if length := int(binary.BigEndian.Uint32(b[at:])); length <= at {
				part := b[at-length : at]
				b = b[:at-length]
				return part, nil
			}
		}
		return nil, fmt.Errorf("%w: it is cut short", errTable)
	}
	checksum, err := sized()
	if err != nil {
		return nil, err
	}
	index, err := sized()
	if err != nil {
		return nil, err
	}
	if sum, ok := tableSum(checksum); !ok || len(index) == 0 || sum != uint64(crc32.Checksum(index, castagnoli)) {
		return nil, fmt.Errorf("%w: the checksum of its index does not match", errTable)
	}
	return fb.GetRootAsTableIndex(index, 0), nil
}

// blocks calls visit for the blocks of a table in their order: with what is in it, or nil where it is damaged.
func blocks(b []byte, visit func(block []byte) error) error {
	index, err := tableIndex(b)
	if err != nil {
		return err
	}
	for i := range index.OffsetsLength() {
		var at fb.BlockOffset
		var block []byte
		if index.Offsets(&at, i) && uint64(at.Offset())+uint64(at.Len()) <= uint64(len(b)) {
			block = checkedBlock(b[at.Offset() : at.Offset()+at.Len()])
		}
		if err := visit(block); err != nil {
			return err
		}
	}
	return nil
}

// checkedBlock gives a block without its checksum; nil where that does not match.
func checkedBlock(b []byte) []byte {
	at := len(b) - 4
	if at < 0 {
		return nil
	}
	length := int(binary.BigEndian.Uint32(b[at:]))
	if length > at {
		return nil
	}
	body := b[:at-length]
	if sum, ok := tableSum(b[at-length : at]); !ok || sum != uint64(crc32.Checksum(body, castagnoli)) {
		return nil
	}
	return body
}

// damagedBlocks counts them.
func damagedBlocks(path string) (n int, err error) {
	err = mapped(path, func(b []byte) error {
		return blocks(b, func(block []byte) error {
			if block == nil {
				n++
			}
			return nil
		})
	})
	return n, err
}

// mendTable puts a table in the place of a damaged one that lacks the damaged blocks. The error says that all
// of them are, or that the disk could not take it.
func mendTable(path string, o badger.Options) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	builder := table.NewTableBuilder(table.Options{
		TableSize: uint64(info.Size()), BlockSize: o.BlockSize, BloomFalsePositive: o.BloomFalsePositive,
		ChkMode: o.ChecksumVerificationMode, Compression: o.Compression,
	})
	defer builder.Close()
	err = mapped(path, func(b []byte) error {
		return blocks(b, func(block []byte) error { return addBlock(builder, block) })
	})
	if err != nil {
		return err
	}
	if builder.Empty() {
		return fmt.Errorf("%w: all of its blocks are damaged", errTable)
	}
	if err := (folder.OS{}).Write(path+".mended", builder.Finish()); err != nil {
		return err
	}
	if err := os.Rename(path+".mended", path); err != nil {
		return err
	}
	return folder.OS{}.SyncDir(o.Dir)
}

// pointerMeta marks a value that lies in a value log; it is then the number of the log, the value's length and
// its place, of 4 bytes each.
const pointerMeta = 1 << 1

// addBlock adds the entries of a block; of nil there are none.
func addBlock(builder *table.Builder, block []byte) error {
	if block == nil {
		return nil
	}
	count := int(binary.BigEndian.Uint32(block[len(block)-4:]))
	end := len(block) - 4 - 4*count
	if end < 0 {
		return fmt.Errorf("%w: a block of %d entries", errTable, count)
	}
	offset := func(i int) int {
		if i == count {
			return end
		}
		return int(binary.NativeEndian.Uint32(block[end+4*i:]))
	}
	var first []byte
	for i := range count {
		entry := block[offset(i):offset(i+1)]
		shared, others := int(binary.NativeEndian.Uint16(entry)), int(binary.NativeEndian.Uint16(entry[2:]))
		key := append(append([]byte(nil), first[:shared]...), entry[4:4+others]...)
		if i == 0 {
			first = key
		}
		var value y.ValueStruct
		value.Decode(entry[4+others:])
		var length uint32
		if value.Meta&pointerMeta != 0 && len(value.Value) == 12 {
			length = binary.NativeEndian.Uint32(value.Value[4:])
		}
		builder.Add(key, value, length)
	}
	return nil
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
