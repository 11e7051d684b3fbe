package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/trees"
)

// rootsKey holds of what the stored leaves are. Where it is missing, or speaks of something else, they are
// worth nothing.
var rootsKey = []byte{prefixLeaf}

// roots say of what the stored leaves are.
//
//	payload = depth (1), partitions (4), sum of nothing under the secret (16)
type roots struct {
	depth      byte
	partitions uint32
	// check tells one secret from another and gives none away.
	check antientropy.Sum
}

func rootsOf(secret antientropy.Secret, partitions int) roots {
	return roots{trees.Depth, uint32(partitions), antientropy.Hash(secret, []byte("roots"), nil)}
}

func (r roots) encode() []byte {
	b := binary.BigEndian.AppendUint32([]byte{r.depth}, r.partitions)
	return append(b, r.check[:]...)
}

func leafPut(l trees.Leaf) put {
	key := leafKey(l.Range, l.Index)
	if l.Sum.IsZero() {
		return put{key: key}
	}
	return put{key, seal(key, antientropy.AppendLeaf(make([]byte, 0, 32), trees.Depth, l.Sum))}
}

// parseLeaf reads what leafPut wrote. The error wraps node.ErrDamaged.
func parseLeaf(key, value []byte) (trees.Leaf, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return trees.Leaf{}, err
	}
	in := reader{rest: key[1:]}
	l := trees.Leaf{Range: node.Range{N: int(in.byte()), Partition: int(uint32At(in.take(4)))}}
	l.Index = uint32At(in.take(4))
	if in.failed || len(in.rest) > 0 {
		return trees.Leaf{}, fmt.Errorf("%w: %x is no leaf of a tree", node.ErrDamaged, key)
	}
	if l.Sum, err = antientropy.DecodeLeaf(payload, trees.Depth); err != nil {
		return trees.Leaf{}, fmt.Errorf("%w: %w", node.ErrDamaged, err)
	}
	return l, nil
}

// storedLeaves is what the database holds of trees.
type storedLeaves struct {
	of     string // the payload of roots, "" where there is none
	leaves []trees.Leaf
	keys   [][]byte // of all leaves, damaged ones too
	faults int
}

// readLeaves reads all stored leaves at the moment ts: a small part of the database, and side by side.
func (s *Store) readLeaves(ts uint64) (stored storedLeaves, err error) {
	err = s.db.view(ts, func(txn *badger.Txn) error {
		stored = storedLeaves{}
		return keysUnder(txn, rootsKey, nil, func(item *badger.Item) (bool, error) {
			key := item.KeyCopy(nil)
			value, err := item.ValueCopy(nil)
			if err != nil {
				return false, err
			}
			if len(key) == len(rootsKey) {
				of, err := unseal(key, value)
				stored.of = string(of)
				return true, ignoreDamage(err)
			}
			stored.keys = append(stored.keys, key)
			leaf, err := parseLeaf(key, value)
			if err != nil {
				stored.faults++
			} else {
				stored.leaves = append(stored.leaves, leaf)
			}
			return true, ignoreDamage(err)
		})
	})
	return stored, err
}

func ignoreDamage(err error) error {
	if errors.Is(err, node.ErrDamaged) {
		return nil
	}
	return err
}

// forest makes trees of the leaves. why is not empty where they are not those of what the database holds.
func (l storedLeaves) forest(secret antientropy.Secret, partitions int) (f *trees.Forest, why string) {
	switch {
	case l.of == "":
		return nil, "there are none"
	case l.of != string(rootsOf(secret, partitions).encode()):
		return nil, "they are of another secret, depth or size of the ring"
	case l.faults > 0:
		return nil, fmt.Sprintf("%d leaves are damaged", l.faults)
	}
	f = trees.New(secret, partitions)
	for begin, end := 0, 0; begin < len(l.leaves); begin = end {
		r := l.leaves[begin].Range
		var leaves []antientropy.Leaf
		for end = begin; end < len(l.leaves) && l.leaves[end].Range == r; end++ {
			leaves = append(leaves, l.leaves[end].Leaf)
		}
		if err := f.Load(r, leaves); err != nil {
			return nil, err.Error()
		}
	}
	return f, ""
}
