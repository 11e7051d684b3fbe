package folder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/envelope"
)

// ActorLog is the file of actors: entries of one length, appended, the last one of a range counts. It is
// rewritten without the dead ones when it is opened and when it has grown. Calls that wait at the same time
// share one sync.
//
//	entry: envelope of number (8), n (1), partition (4), actor (8), bound (8)
//
// The number rises by one an entry. A last entry that was cut short was never acted upon and is left out;
// anything else that is wrong makes the whole log void, because a bound that is forgotten is numbers that
// are issued twice.
type ActorLog struct {
	files FS
	dir   string
	void  error

	mu      sync.Mutex
	file    File
	size    int64 // of the file's good part, in bytes
	number  uint64
	last    map[node.Range]actors.Entry
	next    *appending
	writing bool
	failed  error // a sync that failed says nothing about what is on disk: nothing is written after it
	torn    bool  // a write that failed may have left whole entries behind size
}

// appending is what goes into one write.
type appending struct {
	entries []actors.Entry
	done    chan struct{}
	err     error
}

const (
	actorsFile    = "actors"
	actorsKind    = 'A'
	actorsVersion = 1
	actorsPayload = 8 + 1 + 4 + 8 + 8
	actorsEntry   = envelope.Size + actorsPayload
	// actorsBytesMax is the size at which the log is rewritten, if at most half of it is alive.
	actorsBytesMax = 1 << 20
)

func encodeActor(dst []byte, number uint64, e actors.Entry) []byte {
	p := binary.BigEndian.AppendUint64(make([]byte, 0, actorsPayload), number)
	p = append(p, byte(e.Range.N))
	p = binary.BigEndian.AppendUint32(p, uint32(e.Range.Partition))
	p = binary.BigEndian.AppendUint64(p, uint64(e.Actor))
	p = binary.BigEndian.AppendUint64(p, e.Bound)
	return envelope.Seal(dst, actorsKind, actorsVersion, []byte(actorsFile), p)
}

// decodeActors reads a whole log.
func decodeActors(b []byte) (last map[node.Range]actors.Entry, number uint64, err error) {
	last = make(map[node.Range]actors.Entry)
	for at := 0; len(b)-at >= actorsEntry; at += actorsEntry {
		p, _, err := envelope.Open(actorsKind, actorsVersion, []byte(actorsFile), b[at:at+actorsEntry])
		if err != nil {
			return nil, 0, fmt.Errorf("entry at byte %d: %w", at, err)
		}
		n := binary.BigEndian.Uint64(p)
		if len(p) != actorsPayload || number != 0 && n != number+1 {
			return nil, 0, fmt.Errorf("entry at byte %d: %w: number %d after %d", at, envelope.ErrDamaged, n, number)
		}
		number = n
		e := actors.Entry{
			Range: node.Range{Partition: int(binary.BigEndian.Uint32(p[9:])), N: int(p[8])},
			Actor: clock.Actor(binary.BigEndian.Uint64(p[13:])),
			Bound: binary.BigEndian.Uint64(p[21:]),
		}
		if e.Actor == 0 {
			delete(last, e.Range)
		} else {
			last[e.Range] = e
		}
	}
	return last, number, nil
}

func openActorLog(files FS, dir string) (*ActorLog, error) {
	l := &ActorLog{files: files, dir: dir, next: newAppending(), last: make(map[node.Range]actors.Entry)}
	b, err := files.Read(dir + "/" + actorsFile)
	if err != nil && !missing(err) {
		return nil, err
	}
	last, number, err := decodeActors(b)
	if err != nil {
		l.void = fmt.Errorf("the log of actors in %s is damaged and all actors are dropped: %w", dir, err)
		return l, l.rewrite()
	}
	l.last, l.number = last, number
	if len(b)%actorsEntry != 0 || len(last)*actorsEntry < len(b)/2 {
		return l, l.rewrite()
	}
	l.size = int64(len(b))
	l.file, err = files.Open(dir + "/" + actorsFile)
	if err == nil {
		err = files.SyncDir(dir)
	}
	return l, err
}

// Entries lists the actors, ordered by range.
func (l *ActorLog) Entries() []actors.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries()
}

func (l *ActorLog) entries() []actors.Entry {
	return slices.SortedFunc(maps.Values(l.last), func(a, b actors.Entry) int {
		return actors.CompareRanges(a.Range, b.Range)
	})
}

// Append returns when the entries are on disk. It may be called concurrently.
func (l *ActorLog) Append(entries ...actors.Entry) error {
	for _, e := range entries {
		if e.Range.N < 0 || e.Range.N > 255 || e.Range.Partition < 0 || e.Range.Partition > 1<<16 {
			return fmt.Errorf("no such range: %+v", e.Range)
		}
	}
	l.mu.Lock()
	mine := l.next
	mine.entries = append(mine.entries, entries...)
	if l.writing { // whoever writes now takes these along next
		l.mu.Unlock()
		<-mine.done
		return mine.err
	}
	l.writing = true
	for len(l.next.entries) > 0 {
		batch := l.next
		l.next = newAppending()
		batch.err = l.write(batch.entries)
		close(batch.done)
	}
	l.writing = false
	l.mu.Unlock()
	return mine.err
}

func newAppending() *appending { return &appending{done: make(chan struct{})} }

// write is called with the lock held by the one that writes, and lets it go while the disk works.
func (l *ActorLog) write(entries []actors.Entry) error {
	if l.failed != nil {
		return fmt.Errorf("the log of actors in %s failed earlier; restart the node: %w", l.dir, l.failed)
	}
	if l.torn { // a shorter write would leave entries behind it that nobody was told of
		if err := l.rewrite(); err != nil {
			return err
		}
	}
	var buf []byte
	for i, e := range entries {
		buf = encodeActor(buf, l.number+uint64(i)+1, e)
	}
	file, at := l.file, l.size
	l.mu.Unlock()
	_, err := file.WriteAt(buf, at)
	synced := err == nil
	if synced {
		err = file.Sync()
	}
	l.mu.Lock()
	if err != nil {
		l.torn = true
		if synced {
			l.failed = err
		}
		return fmt.Errorf("append to the log of actors in %s: %w", l.dir, err)
	}
	l.number += uint64(len(entries))
	l.size += int64(len(buf))
	for _, e := range entries {
		if e.Actor == 0 {
			delete(l.last, e.Range)
		} else {
			l.last[e.Range] = e
		}
	}
	if l.size > actorsBytesMax && int64(len(l.last))*actorsEntry < l.size/2 {
		_ = l.rewrite() // it can wait for a disk with room: the entries are on disk
	}
	return nil
}

// rewrite replaces the file by one that holds only what counts. The caller holds the lock, or is alone. Where
// there is no room for it the file stays as it was, and good.
func (l *ActorLog) rewrite() error {
	var buf []byte
	number := l.number
	for _, e := range l.entries() {
		number++
		buf = encodeActor(buf, number, e)
	}
	path := l.dir + "/" + actorsFile
	err := l.files.Write(path+".new", buf)
	if err == nil {
		err = l.files.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("rewrite the log of actors in %s: %w", l.dir, err)
	}
	if err := l.files.SyncDir(l.dir); err != nil {
		return l.fail(err)
	}
	file, err := l.files.Open(path)
	if err != nil {
		return l.fail(err)
	}
	if l.file != nil {
		err = l.file.Close()
	}
	l.file, l.size, l.number, l.torn = file, int64(len(buf)), number, false
	return err
}

func (l *ActorLog) fail(err error) error {
	l.failed = err
	return fmt.Errorf("rewrite the log of actors in %s: %w", l.dir, err)
}

// Clear drops all actors.
func (l *ActorLog) Clear() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.last)
	return l.rewrite()
}

func (l *ActorLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = errors.New("it is closed")
	}
	return l.file.Close()
}
