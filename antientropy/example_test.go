package antientropy_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/kindreddb/kindred/antientropy"
)

// A copy as storage would keep it: keys in order, and the tree beside them.
type shelf struct {
	tree *antientropy.Tree
	keys []antientropy.KeyState
}

func stock(secret antientropy.Secret, extent antientropy.Extent, states ...string) *shelf {
	s := &shelf{tree: antientropy.NewTree(extent, antientropy.DefaultDepth)}
	for i, name := range []string{"milk", "eggs", "flour"} {
		if states[i] == "" {
			continue
		}
		key := antientropy.Key{Position: uint64(i+1) << 60, Name: name}
		sum := antientropy.Hash(secret, []byte(name), []byte(states[i]))
		s.keys = append(s.keys, antientropy.KeyState{Key: key, Sum: sum})

		// With each write: the leaves to store, and then what is on disk.
		deltas := []antientropy.Delta{s.tree.Delta(key.Position, antientropy.Sum{}, sum)}
		for range s.tree.After(deltas) {
			// antientropy.AppendLeaf, in the transaction of the key
		}
		s.tree.Apply(deltas)
	}
	return s
}

func (s *shelf) list(_ context.Context, from antientropy.Key, last uint64) iter.Seq2[antientropy.KeyState, error] {
	return func(yield func(antientropy.KeyState, error) bool) {
		for _, k := range s.keys {
			if k.Compare(from) >= 0 && k.Position <= last && !yield(k, nil) {
				return
			}
		}
	}
}

func Example() {
	secret := antientropy.Secret([]byte("drawn at a birth"))
	extent, err := antientropy.NewExtent(0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	here := stock(secret, extent, "2 litres", "", "1 kg")
	there := stock(secret, extent, "2 litres", "a dozen", "3 kg")

	exchange := antientropy.Exchange{
		Extent: extent,
		Local:  antientropy.NewCopy(here.tree, here.list),
		Remote: antientropy.NewCopy(there.tree, there.list), // or what sends the request to another node
	}
	report, err := exchange.Run(context.Background(), func(d antientropy.Difference) error {
		fmt.Printf("%s: held here %t, there %t\n", d.Name, !d.Local.IsZero(), !d.Remote.IsZero())
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("done:", report.Done, "rounds:", report.Rounds, "bytes:", report.Sent+report.Received)
	// Output:
	// eggs: held here false, there true
	// flour: held here true, there true
	// done: true rounds: 4 bytes: 210
}
