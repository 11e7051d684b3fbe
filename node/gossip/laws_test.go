package gossip

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// source draws from a seed, which the tests print with each failure.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 7))} }

// Read fills b, so that a source stands in for the system's random bytes.
func (s source) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.Uint32())
	}
	return len(b), nil
}

func testMembers(ids ...ring.NodeID) []ring.Member {
	var members []ring.Member
	for _, id := range ids {
		members = append(members, ring.Member{ID: id, Name: fmt.Sprintf("n%d", id), Capacity: 1})
	}
	return members
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pool holds what random states are made of: few enough that they meet.
type pool struct {
	births  []Birth
	layouts []*ring.Layout
}

func newPool() pool {
	var p pool
	s := newSource(1)
	for _, ids := range [][]ring.NodeID{{1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {7, 8, 9}, {1, 2, 3}} {
		p.births = append(p.births, must(newBirth(s, testMembers(ids...), 8, 3)))
	}
	first := p.births[0].Layout
	for _, ids := range [][]ring.NodeID{{1, 2, 3, 4}, {1, 2, 3, 5}, {1, 2}, {2, 3, 4, 5, 6}} {
		second := must(ring.Next(first, testMembers(ids...)))
		p.layouts = append(p.layouts, second, must(ring.Next(second, testMembers(1, 2, 3))), must(ring.Next(second, testMembers(1, 9))))
	}
	return p
}

// state draws any state at all, also one that no history leads to.
func (p pool) state(s source) State {
	var st State
	for range s.IntN(4) {
		b := p.births[s.IntN(len(p.births))]
		b.Sealed = s.IntN(6) == 0
		st.births = mergeBirths(st.births, []Birth{b})
	}
	for range s.IntN(9) {
		st.layouts = mergeLayouts(st.layouts, []candidate{{p.layouts[s.IntN(len(p.layouts))], s.IntN(5) == 0}})
	}
	for range s.IntN(4) {
		st.follows = mergeFollows(st.follows, map[ring.NodeID]follow{
			ring.NodeID(1 + s.IntN(4)): {1 + uint64(s.IntN(3)), p.births[s.IntN(len(p.births))].hash}})
	}
	for range s.IntN(4) {
		st.buckets = mergeBuckets(st.buckets, map[string]settings{string(rune('a' + s.IntN(3))): {
			props: node.BucketProps{N: s.IntN(3), ExplicitN: s.IntN(2) == 0, R: node.Level(s.IntN(3) - 2), W: 2,
				Changed: int64(s.IntN(3)), MaxSiblings: 100, MaxValueSize: s.IntN(2)},
			nChanged: int64(s.IntN(3)),
		}})
	}
	return st
}

func TestAStateMergesInAnyOrderAndAnyNumberOfTimes(t *testing.T) {
	p := newPool()
	for seed := range uint64(4000) {
		s := newSource(seed)
		a, b, c := p.state(s), p.state(s), p.state(s)
		check := func(law string, x, y State) {
			if !x.Equal(y) || !bytes.Equal(x.Encode(), y.Encode()) || x.Hash() != y.Hash() {
				t.Fatalf("seed %d: %s does not hold:\n a %+v\n b %+v\n c %+v\n   %+v\n   %+v", seed, law, a, b, c, x, y)
			}
		}
		check("a+a = a", a.Merge(a), a)
		check("a+b = b+a", a.Merge(b), b.Merge(a))
		check("(a+b)+c = a+(b+c)", a.Merge(b).Merge(c), a.Merge(b.Merge(c)))
		check("a+(a+b) = a+b", a.Merge(a.Merge(b)), a.Merge(b))
		check("decode(encode(a)) = a", must(DecodeState(a.Merge(b).Encode())), a.Merge(b))
		if a.Equal(b) != bytes.Equal(a.Encode(), b.Encode()) {
			t.Fatalf("seed %d: equal states and equal bytes are not the same", seed)
		}
	}
}

func TestMergingKeepsAStateBounded(t *testing.T) {
	s := newSource(3)
	var st State
	for i := range 3 * birthsMax {
		st.births = mergeBirths(st.births, []Birth{must(newBirth(s, testMembers(ring.NodeID(i+1)), 1, 1))})
	}
	many := map[ring.NodeID]follow{}
	for i := range 3 * followsMax {
		many[ring.NodeID(3*followsMax-i)] = follow{1, [16]byte{1}}
	}
	st.follows = mergeFollows(nil, many)
	buckets := map[string]settings{}
	for i := range bucketsMax + 10 {
		buckets[fmt.Sprint(i)] = settings{node.DefaultProps(3), 1}
	}
	st.buckets = mergeBuckets(nil, buckets)
	l := st.births[0].Layout
	for i := range 3 * layoutsMax {
		l = must(ring.Next(l, testMembers(ring.NodeID(i+1))))
		st = st.withLayout(l)
	}
	if len(st.births) != birthsMax || len(st.follows) != followsMax || len(st.buckets) != bucketsMax || len(st.layouts) != layoutsMax {
		t.Fatalf("%d births, %d statements, %d buckets, %d layouts", len(st.births), len(st.follows), len(st.buckets), len(st.layouts))
	}
	if _, ok := st.follows[1]; !ok || st.Layout() != l {
		t.Fatal("what comes first is not what was kept")
	}
	if _, err := DecodeState(st.Encode()); err != nil {
		t.Fatal(err)
	}
}
