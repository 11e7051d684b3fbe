package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/storage/folder"
)

// Options set up a Store. The zero value of a field stands for its default.
type Options struct {
	// Folder is the node's open data folder. It must stay open until the store is closed. Required.
	Folder *folder.Folder
	// Partitions of the ring, a power of two; default what the folder knows, or else 256. It counts until
	// something is stored; from then on the folder knows it, and another number is refused.
	Partitions int
	// Interval is 0 in sync mode, where an update is on disk before it is acknowledged. Otherwise it is the
	// time within which an acknowledged update is on disk: interval mode.
	Interval time.Duration
	// PendingBytesMax bounds what interval mode keeps in memory beside the disk; default 32 MiB.
	PendingBytesMax int64
	// FreshActors drops the actors of earlier runs instead of claiming them. Say it for a copied folder where
	// no other member can be asked.
	FreshActors bool
	// ActorBlock is how many numbers an actor reserves on disk at a time; default actors.DefaultBlock.
	ActorBlock uint64

	// MemTableBytes is the size of Badger's memtable; default 8 MiB. Up to three of them are in memory.
	MemTableBytes int64
	// ValueLogFileBytes is the size of a file of Badger's value log; default 64 MiB.
	ValueLogFileBytes int64
	// FreeBytesMin is the floor of free space below which writes are refused; default, and least, twice a
	// memtable and a value log file together.
	FreeBytesMin int64
	// CommitTimeMax is how long a commit may take before the store gives its disk up and fails; default 30 s. To
	// close the store takes at most twice as long.
	CommitTimeMax time.Duration
	// CollectEvery is the time between two rounds of collecting dead values; default 1 minute.
	CollectEvery time.Duration

	// Logger takes changes of state; default slog.Default().
	Logger *slog.Logger
	// Rand gives random numbers for fresh actors; default true chance.
	Rand func() uint64

	// free and files ask the file system for its free bytes and inodes, and commit surrounds a commit of the database: tests put
	// faults there.
	free   func(path string) (int64, error)
	files  func(path string) (int64, error)
	commit func(commit func() error) error
	// checkBytesMax is up to which size tables are all read at the start; larger ones are while the node
	// serves. checkEvery is the time between two looks for new ones.
	checkBytesMax int64
	checkEvery    time.Duration
}

// Sizes that are part of the format or bound the work of one step. Contents that were stored under other
// ones are read all the same.
const (
	// inlineBytesMax is the size up to which a content lies in its record, and inlineTotalMax bounds the sum:
	// an update rewrites them with every change.
	inlineBytesMax = 2 << 10
	inlineTotalMax = 8 << 10
	// chunkBytesMax is the size of the pieces of a content that does not.
	chunkBytesMax = 1 << 20
	// valueThreshold is where Badger puts a value into its value log instead of its tree.
	valueThreshold = 16 << 10
	// nameBytesMax bounds bucket and key together: with the length of the bucket they must fit into a tree's
	// name, antientropy.NameBytesMax.
	nameBytesMax = antientropy.NameBytesMax - 4
	// recordBytesMax bounds a record without its chunks.
	recordBytesMax = 16 << 20
	// queueMax is how many updates may wait for the committer before callers are held.
	queueMax = 1024
)

func (o Options) withDefaults() Options {
	def := func(field *int64, value int64) {
		if *field == 0 {
			*field = value
		}
	}
	def(&o.PendingBytesMax, 32<<20)
	def(&o.MemTableBytes, 8<<20)
	def(&o.ValueLogFileBytes, 64<<20)
	def(&o.FreeBytesMin, o.floor())
	def(&o.checkBytesMax, 256<<20)
	if o.checkEvery == 0 {
		o.checkEvery = 10 * time.Second
	}
	if o.Partitions == 0 && o.Folder != nil {
		o.Partitions = o.Folder.Identity().Partitions
	}
	if o.Partitions == 0 {
		o.Partitions = 256
	}
	if o.CollectEvery == 0 {
		o.CollectEvery = time.Minute
	}
	if o.CommitTimeMax == 0 {
		o.CommitTimeMax = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Rand == nil {
		o.Rand = rand.Uint64
	}
	if o.free == nil {
		o.free = freeBytes
	}
	if o.files == nil {
		o.files = freeFiles
	}
	if o.commit == nil {
		o.commit = func(commit func() error) error { return commit() }
	}
	return o
}

// room asks what the disk of the folder has left: bytes and files.
func (o Options) room() (free, files int64, err error) {
	if free, err = o.free(o.Folder.Dir()); err != nil {
		return 0, 0, err
	}
	files, err = o.files(o.Folder.Dir())
	return free, files, err
}

// floor is what Badger may need before the free space is looked at again: it ends the process, by a fault in
// mapped memory, when it finds none.
func (o Options) floor() int64 { return 2 * (o.MemTableBytes + o.ValueLogFileBytes) }

// validate reports every fault at once.
func (o Options) validate() error {
	var faults []error
	refuse := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	refuse(o.Folder == nil, "no folder")
	refuse(o.Partitions < 1 || o.Partitions > 1<<16 || o.Partitions&(o.Partitions-1) != 0,
		"%d partitions: a power of two up to 65536 is wanted", o.Partitions)
	refuse(o.Interval < 0 || o.Interval > time.Minute, "an interval of %s: up to a minute is allowed", o.Interval)
	refuse(o.PendingBytesMax < 0, "pending bytes of %d", o.PendingBytesMax)
	refuse(o.MemTableBytes < 1<<20 || o.MemTableBytes > 1<<30, "a memtable of %d bytes: 1 MiB to 1 GiB are allowed", o.MemTableBytes)
	refuse(o.ValueLogFileBytes < 4<<20 || o.ValueLogFileBytes > 1<<30,
		"value log files of %d bytes: 4 MiB to 1 GiB are allowed", o.ValueLogFileBytes)
	refuse(o.FreeBytesMin < o.floor(), "a floor of %d free bytes: at least %d, twice memtable and value log file, are needed",
		o.FreeBytesMin, o.floor())
	refuse(o.CommitTimeMax < watchLooks, "a commit of at most %s", o.CommitTimeMax)
	refuse(o.CollectEvery < 0, "collecting every %s", o.CollectEvery)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("options of the store: %w", err)
	}
	return nil
}
