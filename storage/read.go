package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Read returns what is held of the key, as it was at the last commit that is on disk (in interval mode: as
// it is now).
func (s *Store) Read(ctx context.Context, key node.Key, contentMax int) (node.Record, error) {
	if err := s.users.enter(); err != nil {
		return node.Record{}, err
	}
	defer s.users.leave()
	if err := ctx.Err(); err != nil {
		return node.Record{}, err
	}
	if err := checkKey(key); err != nil {
		return node.Record{}, err
	}
	r, err := s.load(key, contentMax)
	if err != nil {
		return node.Record{}, fmt.Errorf("read %q in %q: %w", key.Name, key.Bucket, err)
	}
	out := r.shown()
	out.Object = out.Limit(contentMax)
	return out, nil
}

// load gives the record with those contents at hand that lie in it, and those that fit into contentMax as
// node.Object.Limit counts.
func (s *Store) load(key node.Key, contentMax int) (r record, err error) {
	waiting, now := s.moment(key)
	defer s.snaps.giveBack(now)
	err = s.db.view(now.ts, func(txn *badger.Txn) error {
		var err error
		if waiting != nil {
			r = waiting.record
		} else if r, err = getRecord(txn, key); err != nil {
			return err
		}
		return getContents(txn, key, &r, contentMax)
	})
	if errors.Is(err, node.ErrDamaged) {
		s.db.damages.note(recordKey(key))
	}
	return r, err
}

// moment gives what is pending of the key, or nil, and a snapshot that goes with it: one that holds the
// contents that a pending record left where they were, and all that is no longer pending.
func (s *Store) moment(key node.Key) (*pending, *snapshot) {
	for {
		waiting := s.over.get(key)
		now := s.snaps.take()
		if s.over.get(key) == waiting {
			return waiting, now
		}
		s.snaps.giveBack(now)
	}
}

// getRecord reads a record; the zero one where there is none. That there is none is believed only where the
// listing agrees, which mostly lies in another block: Badger takes a damaged block of a table for one without
// the key.
func getRecord(txn *badger.Txn, key node.Key) (record, error) {
	payload, found, err := get(txn, recordKey(key))
	if err != nil {
		return record{}, err
	}
	if found {
		return decodeRecord(payload)
	}
	if _, listed, err := get(txn, listingKey(key)); err != nil {
		return record{}, err
	} else if listed {
		return record{}, fmt.Errorf("%w: the listing names it, and it is not there", node.ErrDamaged)
	}
	return record{}, nil
}

// getContents puts those contents at hand that lie in chunks and fit into contentMax.
func getContents(txn *badger.Txn, key node.Key, r *record, contentMax int) error {
	contents, left := r.contents, contentMax
	for i, c := range r.contents {
		if contentMax >= 0 && c.size > left {
			continue
		}
		left -= c.size
		if c.content != nil {
			continue
		}
		body, err := getBody(txn, key, c)
		if err != nil {
			return err
		}
		if c.content, err = decodeBody(c.digest, c.size, body); err != nil {
			return err
		}
		if &contents[0] == &r.contents[0] { // the record itself is shared
			contents = append([]stored(nil), r.contents...)
		}
		contents[i] = c
	}
	r.contents = contents
	return nil
}

// getBody puts the chunks of a content together.
func getBody(txn *badger.Txn, key node.Key, c stored) ([]byte, error) {
	body := make([]byte, 0, min(c.length, 8*chunkBytesMax))
	for i := range chunksOf(c.length) {
		piece, found, err := get(txn, chunkKey(key, c.digest, i))
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("%w: piece %d of content %x is not there", node.ErrDamaged, i, c.digest)
		}
		body = append(body, piece...)
	}
	if len(body) != c.length {
		return nil, fmt.Errorf("%w: content %x has %d bytes of %d", node.ErrDamaged, c.digest, len(body), c.length)
	}
	return body, nil
}

// HighestSeen is the highest number of the actor that was ever held in the range and is on disk.
func (s *Store) HighestSeen(r node.Range, actor clock.Actor) (uint64, error) {
	if err := s.users.enter(); err != nil {
		return 0, err
	}
	defer s.users.leave()
	if err := s.settle(context.Background()); err != nil {
		return 0, err
	}
	return s.books.highest(r, actor), nil
}

// HoldsBucket says whether any record of the bucket is held.
func (s *Store) HoldsBucket(ctx context.Context, bucket string) (holds bool, err error) {
	err = s.list(ctx, bucketKey(bucket), nil, func([]byte) (bool, error) {
		holds = true
		return false, nil
	})
	return holds, err
}

// Hinted lists the keys of records that the target is still to have, in the order of their positions.
func (s *Store) Hinted(ctx context.Context, target ring.NodeID, after node.Key, limit int) (keys []node.Key, err error) {
	prefix, from := hintsKey(target), []byte(nil)
	if after != (node.Key{}) {
		from = append(hintKey(target, after), 0)
	}
	err = s.list(ctx, prefix, from, func(key []byte) (bool, error) {
		if len(keys) >= limit {
			return false, nil
		}
		k, err := parseName(key[len(prefix):])
		keys = append(keys, k)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// list calls f for the database's keys under a prefix as they are on disk now.
func (s *Store) list(ctx context.Context, prefix, from []byte, f func(key []byte) (bool, error)) error {
	if err := s.users.enter(); err != nil {
		return err
	}
	defer s.users.leave()
	if err := s.settle(ctx); err != nil {
		return err
	}
	now := s.snaps.take()
	defer s.snaps.giveBack(now)
	return s.db.look(now.ts, func(txn *badger.Txn) error {
		return keysUnder(txn, prefix, from, func(item *badger.Item) (bool, error) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			return f(item.Key())
		})
	})
}
