package storage

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/node"
)

// writeLarge brings a change to disk that does not fit into one transaction, and is atomic all the same:
//
//	mark and chunks, chunks, ..., record with everything else, sweep
//
// Chunks that no record names are not there for anybody. The mark, under the key i, is on disk before any of
// them, and is deleted by the sweep; so what a crash leaves behind is found at the next start. The key's lock
// is held throughout. A large change always waits for the disk.
func (s *Store) writeLarge(key node.Key, o *op, p plan) error {
	mark := put{sweepKey(key), seal(sweepKey(key), nil)}
	for _, piece := range p.pieces {
		before := newOp(o.inRange, append(piece, mark))
		before.soon = true
		if err := s.submit(context.Background(), before); err != nil {
			return err
		}
	}
	if len(p.pieces) == 0 {
		o.puts = append(o.puts, mark)
		o.cost = o.cost.plus(putCost(mark))
	}
	o.soon = true
	if err := s.submit(context.Background(), o); err != nil {
		return err
	}
	if err := s.sweep(key); err != nil {
		s.log.Warn("pieces of contents that nothing names are left until the next start",
			"bucket", key.Bucket, "key", key.Name, "error", err)
	}
	return nil
}

// sweep deletes the chunks of a key that its record does not name, and then the mark. The caller holds the
// key's lock, or is alone.
func (s *Store) sweep(key node.Key) error {
	var dead []put
	now := s.snaps.take()
	err := s.db.view(now.ts, func(txn *badger.Txn) error {
		dead = nil
		r, err := getRecord(txn, key)
		if err != nil {
			return err
		}
		prefix := contentsKey(key)
		return keysUnder(txn, prefix, nil, func(item *badger.Item) (bool, error) {
			if name := item.Key()[len(prefix):]; !r.names(name) {
				dead = append(dead, put{key: item.KeyCopy(nil)})
			}
			return true, nil
		})
	})
	s.snaps.giveBack(now)
	if err != nil {
		return err
	}
	dead = append(dead, put{key: sweepKey(key)}) // the last one to go
	for _, piece := range cut(dead, s.limits.piece) {
		o := newOp(node.Range{}, piece)
		o.soon = true
		if err := s.submit(context.Background(), o); err != nil {
			return err
		}
	}
	return nil
}

// names says whether the record names the content that a chunk's key ends in: digest and number.
func (r record) names(chunkName []byte) bool {
	for _, c := range r.contents {
		if c.chunked && bytes.HasPrefix(chunkName, c.digest[:]) {
			return true
		}
	}
	return false
}

// sweepAll deletes what an earlier run left behind. A record that is damaged keeps its chunks.
func (s *Store) sweepAll(ctx context.Context) error {
	var keys []node.Key
	err := s.list(ctx, []byte{prefixSweep}, nil, func(key []byte) (bool, error) {
		k, err := parseName(key[1:])
		keys = append(keys, k)
		return true, err
	})
	if err != nil {
		return fmt.Errorf("look for pieces that an earlier run left: %w", err)
	}
	if s.space.full.Load() {
		return nil // deleting takes space first
	}
	for _, k := range keys {
		if err := s.sweep(k); err != nil {
			s.log.Warn("pieces of contents that nothing names are left", "bucket", k.Bucket, "key", k.Name, "error", err)
		}
	}
	return nil
}
