package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// noVersions is the encoding of a set without versions, as a hint that came too late leaves it.
var noVersions = string(clock.AppendSet(nil, nil))

// state is a key of the database as it stands in its tree.
type state struct {
	antientropy.KeyState
	damaged bool
}

// statesPageMax is how many records are read in one look at the database.
const statesPageMax = 512

// states calls visit for the records of one n, at the moment ts, that are not before from and whose positions
// are not above last, in the order of their trees, until visit says false. It reads clocks, and no chunks. A
// record that is damaged is counted and left out: what is not known of it must not be taken for known.
func (s *Store) states(ctx context.Context, ts uint64, n int, from antientropy.Key, last uint64, f *trees.Forest, visit func(antientropy.KeyState) bool) error {
	for {
		var page []state
		err := s.db.look(ts, func(txn *badger.Txn) error {
			page = page[:0]
			return readStates(txn, n, from, last, f, func(k state) bool {
				page = append(page, k)
				return len(page) < statesPageMax
			})
		})
		if err != nil {
			return err
		}
		for _, k := range page {
			if k.damaged {
				if k.Sum, err = s.stateAgain(ts, n, k.Key, f); errors.Is(err, node.ErrDamaged) {
					continue
				} else if err != nil {
					return err
				}
			}
			if !k.Sum.IsZero() && !visit(k.KeyState) {
				return nil
			}
		}
		if len(page) < statesPageMax {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		end := page[len(page)-1].Key
		from = antientropy.Key{Position: end.Position, Name: end.Name + "\x00"}
	}
}

// stateAgain reads a record that seemed damaged: its value may have been on the move.
func (s *Store) stateAgain(ts uint64, n int, k antientropy.Key, f *trees.Forest) (sum antientropy.Sum, err error) {
	bucket, name, err := node.ParseTreeName(k.Name)
	if err != nil {
		return sum, fmt.Errorf("%w: %w", node.ErrDamaged, err)
	}
	key := node.Key{Bucket: bucket, Name: name, N: n, Position: k.Position}
	err = s.db.view(ts, func(txn *badger.Txn) error {
		r, err := getRecord(txn, key)
		sum = f.Sum(key, r.versions)
		return err
	})
	if errors.Is(err, node.ErrDamaged) {
		s.db.damages.note(recordKey(key))
	}
	return sum, err
}

// readStates reads records in their order until visit says false. A sum of zero is that of a record without
// versions.
func readStates(txn *badger.Txn, n int, from antientropy.Key, last uint64, f *trees.Forest, visit func(state) bool) error {
	begin := append(appendPosition([]byte{prefixRecord}, n, from.Position), from.Name...)
	shared := bits.LeadingZeros64(from.Position^last) / 8 // bytes that all positions begin with
	return keysUnder(txn, begin[:2+shared], begin, func(item *badger.Item) (bool, error) {
		name := item.Key()[2:]
		if len(name) < 8 {
			return true, nil // no name of a key: nobody wrote it
		}
		k := state{}
		if k.Position = binary.BigEndian.Uint64(name); k.Position > last {
			return false, nil
		}
		k.Name = string(name[8:])
		err := item.Value(func(value []byte) (err error) {
			k.Sum, err = stateOf(item.Key(), value, f)
			return err
		})
		if k.damaged = errors.Is(err, node.ErrDamaged); err != nil && !k.damaged {
			return false, err
		}
		return visit(k), nil
	})
}

// stateOf is the sum of a stored record. Within this version of the format the versions lie there in the very
// encoding that is hashed.
func stateOf(key, value []byte, f *trees.Forest) (antientropy.Sum, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return antientropy.Sum{}, err
	}
	versions, err := versionsIn(payload)
	if err != nil || string(versions) == noVersions {
		return antientropy.Sum{}, err
	}
	return f.SumOfEncoded(key[10:], versions), nil
}
