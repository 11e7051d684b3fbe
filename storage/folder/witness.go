package folder

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/kindreddb/kindred/storage/envelope"
)

// Witness is what is known of the database outside of it. The zero Witness knows of none.
type Witness struct {
	// Database is the random number that the database was given at its birth.
	Database uint64
	// Commits is a number of commits that the database certainly had on disk.
	Commits uint64
	// Open says that the database was not closed in good order since, and Interval that not everything that
	// was acknowledged then was on disk.
	Open, Interval bool
}

// witnessFile is two slots, written in turn: a crash in mid-write leaves the other. Each lies in a page of
// its own.
//
//	offset 0: slot of even numbers, 4096: of odd ones
//	slot: envelope of number (8), database (8), commits (8), flags (1: open, 2: interval)
type witnessFile struct {
	mu     sync.Mutex
	file   File
	number uint64
	last   Witness
	lost   bool
}

const (
	witnessName    = "witness"
	witnessKind    = 'W'
	witnessVersion = 1
	witnessPayload = 8 + 8 + 8 + 1
	slotDistance   = 4096
)

func encodeWitness(number uint64, w Witness) []byte {
	payload := binary.BigEndian.AppendUint64(nil, number)
	payload = binary.BigEndian.AppendUint64(payload, w.Database)
	payload = binary.BigEndian.AppendUint64(payload, w.Commits)
	var flags byte
	if w.Open {
		flags |= 1
	}
	if w.Interval {
		flags |= 2
	}
	return envelope.Seal(nil, witnessKind, witnessVersion, []byte(witnessName), append(payload, flags))
}

func decodeWitness(b []byte) (number uint64, w Witness, err error) {
	if len(b) > envelope.Size+witnessPayload {
		b = b[:envelope.Size+witnessPayload]
	}
	p, _, err := envelope.Open(witnessKind, witnessVersion, []byte(witnessName), b)
	if err != nil {
		return 0, Witness{}, err
	}
	if len(p) != witnessPayload || p[24]&^3 != 0 {
		return 0, Witness{}, fmt.Errorf("%w: not the form of a witness", envelope.ErrDamaged)
	}
	return binary.BigEndian.Uint64(p), Witness{
		Database: binary.BigEndian.Uint64(p[8:]),
		Commits:  binary.BigEndian.Uint64(p[16:]),
		Open:     p[24]&1 != 0,
		Interval: p[24]&2 != 0,
	}, nil
}

func (f *Folder) loadWitness() error {
	b, err := f.files.Read(f.path(witnessName))
	if err != nil && !missing(err) {
		return err
	}
	f.witness.lost = !f.fresh
	for at := 0; at < len(b); at += slotDistance {
		number, w, err := decodeWitness(b[at:])
		if err == nil && (f.witness.lost || number >= f.witness.number) {
			f.witness.number, f.witness.last, f.witness.lost = number, w, false
		}
	}
	f.witness.file, err = f.files.Open(f.path(witnessName))
	if err != nil {
		return err
	}
	return f.files.SyncDir(f.dir)
}

// Witness is what was sealed last. lost says that a folder which was used before has no readable witness.
func (f *Folder) Witness() (w Witness, lost bool) {
	f.witness.mu.Lock()
	defer f.witness.mu.Unlock()
	return f.witness.last, f.witness.lost
}

// SealWitness stores what is known of the database now, and returns when it is on disk.
func (f *Folder) SealWitness(w Witness) error {
	f.witness.mu.Lock()
	defer f.witness.mu.Unlock()
	if w == f.witness.last && !f.witness.lost && f.witness.number > 0 {
		return nil
	}
	number := f.witness.number + 1
	_, err := f.witness.file.WriteAt(encodeWitness(number, w), int64(number%2)*slotDistance)
	if err == nil {
		err = f.witness.file.Sync()
	}
	if err != nil {
		return f.wrap("seal the witness", err)
	}
	f.witness.number, f.witness.last, f.witness.lost = number, w, false
	return nil
}
