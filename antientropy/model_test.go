package antientropy

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var testSecret = Secret([]byte("a secret of ours"))

// model is a copy of a range: a map from key to state, which is the oracle, and a tree kept up to date beside it.
type model struct {
	extent Extent
	states map[Key]string
	tree   *Tree
	order  []KeyState // of the keys, or nil after a change
}

func newModel(extent Extent, depth int) *model {
	return &model{extent: extent, states: map[Key]string{}, tree: NewTree(extent, depth)}
}

// put gives the key a state; "" takes it away.
func (m *model) put(k Key, state string) {
	m.tree.Apply([]Delta{m.tree.Delta(k.Position, hashOf(k, m.states[k]), hashOf(k, state))})
	if state == "" {
		delete(m.states, k)
	} else {
		m.states[k] = state
	}
	m.order = nil
}

// hashOf takes the position into the name: here, and only here, keys of different positions share a name.
func hashOf(k Key, state string) Sum {
	if state == "" {
		return Sum{}
	}
	return Hash(testSecret, append(binary.BigEndian.AppendUint64(nil, k.Position), k.Name...), []byte(state))
}

func (m *model) list(_ context.Context, from Key, last uint64) iter.Seq2[KeyState, error] {
	if m.order == nil {
		m.order = make([]KeyState, 0, len(m.states))
		for _, k := range slices.SortedFunc(maps.Keys(m.states), Key.Compare) {
			m.order = append(m.order, KeyState{k, hashOf(k, m.states[k])})
		}
	}
	return listOf(m.order, from, last)
}

// listOf lists keys that are in order.
func listOf(order []KeyState, from Key, last uint64) iter.Seq2[KeyState, error] {
	at, _ := slices.BinarySearchFunc(order, from, func(k KeyState, from Key) int { return k.Compare(from) })
	return func(yield func(KeyState, error) bool) {
		for _, k := range order[at:] {
			if k.Position > last || !yield(k, nil) {
				return
			}
		}
	}
}

func (m *model) side() Side { return NewCopy(m.tree, m.list) }

// differences is what an exchange of two models must find: the oracle.
func differences(local, remote *model) []Difference {
	all := maps.Clone(local.states)
	maps.Copy(all, remote.states)
	var found []Difference
	for _, k := range slices.SortedFunc(maps.Keys(all), Key.Compare) {
		if local.states[k] != remote.states[k] {
			found = append(found, Difference{k, hashOf(k, local.states[k]), hashOf(k, remote.states[k])})
		}
	}
	return found
}

// collect runs an exchange and gives what it found.
func collect(x Exchange) ([]Difference, Report, error) {
	var found []Difference
	report, err := x.Run(context.Background(), func(d Difference) error {
		found = append(found, d)
		return nil
	})
	return found, report, err
}

// asker makes a function a side.
type asker func(context.Context, Request) (Answer, error)

func (f asker) Ask(ctx context.Context, r Request) (Answer, error) { return f(ctx, r) }

// wired puts the encodings between an exchange and its remote.
func wired(t testing.TB, side Side) Side {
	return asker(func(ctx context.Context, r Request) (Answer, error) {
		sent := AppendRequest(nil, r)
		if len(sent) != r.Size() {
			t.Errorf("a request of %d bytes says that it has %d", len(sent), r.Size())
		}
		arrived, err := DecodeRequest(sent)
		if err != nil {
			return Answer{}, err
		}
		a, err := side.Ask(ctx, arrived)
		if err != nil {
			return Answer{}, err
		}
		back := AppendAnswer(nil, a)
		if len(back) != a.Size() || len(back) > AnswerBytesMax {
			t.Errorf("an answer of %d bytes says that it has %d", len(back), a.Size())
		}
		a, err = DecodeAnswer(back)
		clear(back) // nothing of it is kept
		return a, err
	})
}

func anyExtent(rng *rand.Rand) Extent {
	partitions := 1 << rng.IntN(17)
	e, err := NewExtent(rng.IntN(partitions), partitions)
	if err != nil {
		panic(err)
	}
	return e
}

// anyKey draws keys that lie anywhere, or together, or at the edges; with names that are prefixes of each other,
// that hold zeros, and now and then are as long as can be.
func anyKey(rng *rand.Rand, e Extent) Key {
	first, last := e.Bounds(Span{})
	position := first + rng.Uint64()&(last-first)
	switch rng.IntN(8) {
	case 0:
		position = first
	case 1:
		position = last
	case 2, 3: // a few spans of the deepest level
		_, position = e.Bounds(Span{LevelMax, uint32(rng.IntN(3))})
	case 4: // where a span ends
		level := 1 + rng.IntN(3)
		_, position = e.Bounds(Span{uint8(level), rng.Uint32N(spansOf(level))})
	}
	name := []byte{byte(rng.IntN(3))}
	for rng.IntN(4) > 0 {
		name = append(name, byte(rng.IntN(3)))
	}
	if rng.IntN(50) == 0 {
		name = bytes.Repeat(name[:1], NameBytesMax)
	}
	return Key{position, string(name)}
}

func anyState(rng *rand.Rand) string { return strings.Repeat("s", 1+rng.IntN(3)) }

// anyPair makes two copies that share some keys and differ in some.
func anyPair(rng *rand.Rand) (local, remote *model) {
	extent := anyExtent(rng)
	local = newModel(extent, 1+rng.IntN(DepthMax))
	remote = newModel(extent, 1+rng.IntN(DepthMax))
	shared, apart := []int{0, 1, 10, 300, 3000}[rng.IntN(5)], []int{0, 1, 3, 100}[rng.IntN(4)]
	for range shared {
		k, state := anyKey(rng, extent), anyState(rng)
		local.put(k, state)
		remote.put(k, state)
	}
	for range apart {
		k := anyKey(rng, extent)
		[]*model{local, remote}[rng.IntN(2)].put(k, []string{"", anyState(rng)}[rng.IntN(2)])
	}
	return local, remote
}

// lister is the List of keys that are in order and stay as they are.
func lister(order []KeyState) List {
	return func(_ context.Context, from Key, last uint64) iter.Seq2[KeyState, error] {
		return listOf(order, from, last)
	}
}
