package gossip

import (
	"testing"

	"github.com/kindreddb/kindred/node"
)

func TestALaterChangeOfABucketWins(t *testing.T) {
	props := func(n int, explicit bool, siblings int) node.BucketProps {
		p := node.DefaultProps(n)
		p.ExplicitN, p.MaxSiblings = explicit, siblings
		return p
	}
	at := func(now int64, p node.BucketProps) State { return State{}.withBucket("b", p, now) }
	tests := []struct {
		name        string
		a, b        State
		n, siblings int
	}{
		{"the later of two", at(1, props(3, false, 10)), at(2, props(3, false, 20)), 3, 20},
		{"an n of its own against the default, though earlier", at(1, props(5, true, 10)), at(2, props(3, false, 20)), 5, 20},
		{"the later of two with an n of their own", at(1, props(5, true, 10)), at(2, props(4, true, 20)), 4, 20},
		{"by content in one millisecond", at(1, props(3, false, 20)), at(1, props(3, false, 10)), 3, 20},
		{"a change here is later than what it replaces, whatever the clock says",
			at(50, props(3, false, 10)).withBucket("b", props(3, false, 20), 7), at(50, props(3, false, 10)), 3, 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, merged := range []State{test.a.Merge(test.b), test.b.Merge(test.a)} {
				got := merged.Buckets()["b"]
				if got.N != test.n || got.MaxSiblings != test.siblings || got.ExplicitN != (test.n != 3) {
					t.Fatalf("got %+v", got)
				}
			}
		})
	}
}

func TestPropertiesThatCannotBeWrittenAreRefused(t *testing.T) {
	good := node.DefaultProps(3)
	if err := checkProps("b", good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*node.BucketProps){
		"a negative n":              func(p *node.BucketProps) { p.N = -1 },
		"an n above all members":    func(p *node.BucketProps) { p.N = 1 << 20 },
		"a level that is none":      func(p *node.BucketProps) { p.R = -9 },
		"a negative count":          func(p *node.BucketProps) { p.MaxSiblings = -1 },
		"a size beyond all objects": func(p *node.BucketProps) { p.MaxValueSize = 1 << 40 },
	} {
		p := good
		if change(&p); checkProps("b", p) == nil {
			t.Error(name, "was taken")
		}
	}
	if checkProps("", good) == nil || checkProps(string(make([]byte, 300)), good) == nil {
		t.Error("a bucket without a name, or with too long a one, was taken")
	}
}
