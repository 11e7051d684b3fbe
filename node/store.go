package node

import (
	"context"
	"errors"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Record is all that one node keeps of one key. On an owner it is the node's replica; on any other node it
// is a hint, kept until those that it is for have it.
type Record struct {
	Object
	// Since is the highest number that an actor had issued when this record came into being on this copy.
	// It counts for that actor alone; it is neither hashed nor sent.
	Since clock.Dot
	// Targets are the nodes that are still to have what the record holds, in ascending order.
	Targets []ring.NodeID
}

// Held is a record under its key's lock.
type Held struct {
	Record
	// Own is the actor of the key's range, the last number that it issued, and this record's since for it
	// (0 where since was another actor's). The zero Source: the range has no actor yet.
	Own clock.Source
	// Issue reserves the actor's next number, drawing a fresh actor where the range has none that may be
	// used. Counters of writes that then fail are skipped, never repeated.
	Issue func() (clock.Source, error)
}

// Change is what an update makes of a record.
type Change struct {
	// Write says whether anything is to be written at all; without it the rest is ignored.
	Write bool
	// Object is the whole new set. A content that the store does not hold yet must be at hand; one that it
	// holds may be left out. An empty object without targets removes the record.
	Object Object
	// Targets replaces the record's.
	Targets []ring.NodeID
	// Retire ends the use of the range's present actor: the next Issue draws a fresh one. It is obeyed
	// without Write too.
	Retire bool
}

// ActorClaim is an actor found in the folder at start, with the last number found in the folder's own data
// (not the reserved bound). It must not be used before all other members confirmed that they saw none above.
type ActorClaim struct {
	Range Range
	Actor clock.Actor
	Last  uint64
}

// StoreStats are figures for people and for metrics.
type StoreStats struct {
	Keys  int64 // records that hold a version
	Bytes int64 // of their contents
	// Hints counts, per target, the records that it is still to have, and their bytes.
	Hints map[ring.NodeID]HintStats
	// Damaged counts objects that failed their checksum since the folder was created.
	Damaged int64
	// Commits counts the writes that went to disk since the start, many updates at a time or one, WrittenBytes
	// what they held. Where neither moves, nothing was written.
	Commits, WrittenBytes int64
	// FreeBytes is what the file system has left; Full says that it is below the floor: writes are refused.
	FreeBytes int64
	Full      bool
}

// HintStats counts what is kept for one target.
type HintStats struct {
	Count, Bytes int64
}

// Store is what one node keeps. Implementations: storage (Badger) and storage/memory; one conformance suite
// holds both to these promises. All methods may be called concurrently.
type Store interface {
	// Read returns what the node holds of the key: the zero Record where it holds nothing. Contents beyond
	// the first contentMax bytes are left out; a negative contentMax leaves out none. In sync mode nothing
	// is returned that is not on disk. Errors: ErrDamaged where the object failed its checks; a read error
	// is never an absence.
	Read(ctx context.Context, key Key, contentMax int) (Record, error)

	// Update runs change under the key's lock and writes what it decides; updates of one key are serial,
	// those of different keys are not. The held record has its contents left out where they are large. In
	// sync mode it returns when the change is on disk; in interval mode as soon as it can be read, unless
	// durable is set. ctx bounds the wait for the lock, and is not looked at once the write is under way.
	// Errors: ErrDiskFull (nothing was written), ErrDamaged, what change returned, or a disk's own.
	Update(ctx context.Context, key Key, durable bool, change func(Held) (Change, error)) error

	// Durable says whether an acknowledged update is on disk (sync mode).
	Durable() bool

	// Knows says whether the copy of the range is complete: what it does not hold was never written, or is
	// dead. SetKnows stores that fact; SetKnowsAll stores it for every range.
	Knows(r Range) bool
	SetKnows(r Range, complete bool) error
	SetKnowsAll(complete bool) error

	// Claims lists the actors that await confirmation since the start. Confirm lets one be used again;
	// what is not confirmed is never used, and a write draws a fresh actor in its place.
	Claims() []ActorClaim
	Confirm(claims []ActorClaim) error
	// HighestSeen is the highest number that this node ever held of the actor in the range; it outlives the
	// keys.
	HighestSeen(r Range, actor clock.Actor) (uint64, error)

	// HoldsBucket says whether any record of the bucket is held, tombstones and hints included.
	HoldsBucket(ctx context.Context, bucket string) (bool, error)
	// Hinted lists the keys of records that the target is still to have, up to limit, in the order of the
	// store and after the given key (the zero Key starts).
	Hinted(ctx context.Context, target ring.NodeID, after Key, limit int) ([]Key, error)

	Stats() StoreStats
}

// What a Store may answer beside its own errors.
var (
	ErrDiskFull = errors.New("the disk is too full for writes")
	ErrDamaged  = errors.New("the stored object is damaged")
)
