package storetest

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
)

// copyOf is another node's copy of a range, made of what it should hold.
func (f forest) copyOf(t *testing.T, r node.Range, extent antientropy.Extent) *antientropy.Copy {
	t.Helper()
	var keys []antientropy.KeyState
	for k, versions := range f {
		if k.RangeOf(Partitions) == r && len(versions) > 0 {
			name := node.TreeName(k.Bucket, k.Name)
			keys = append(keys, antientropy.KeyState{
				Key: antientropy.Key{Position: k.Position, Name: name}, Sum: antientropy.Hash(treeSecret, []byte(name), stateOf(versions)),
			})
		}
	}
	slices.SortFunc(keys, func(a, b antientropy.KeyState) int { return a.Compare(b.Key) })
	list := func(_ context.Context, from antientropy.Key, last uint64) iter.Seq2[antientropy.KeyState, error] {
		return func(yield func(antientropy.KeyState, error) bool) {
			for _, k := range keys {
				if k.Compare(from) >= 0 && k.Position <= last && !yield(k, nil) {
					return
				}
			}
		}
	}
	tree, err := antientropy.Rebuild(context.Background(), extent, antientropy.DefaultDepth, list)
	if err != nil {
		t.Fatal(err)
	}
	return antientropy.NewCopy(tree, list)
}
