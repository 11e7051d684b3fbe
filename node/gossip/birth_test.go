package gossip

import (
	"strings"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

func TestOneNodePublishesABirthWhenAllThatAreExpectedSeeEachOther(t *testing.T) {
	node := func(id ring.NodeID, expect int) starter { return starter{member: testMembers(id)[0], expect: expect} }
	a, b, c, d := node(1, 3), node(2, 3), node(3, 3), node(4, 3)
	joiner := node(9, 0)
	// all see what the first of a case sees, unless it says otherwise
	agree := func(all ...starter) []starter {
		for i := range all {
			all[i].sees = seen(waiting(all))
		}
		return all
	}
	blind := c
	blind.sees = seen([]starter{b, c, d})
	tests := []struct {
		name     string
		all      []starter
		publish  bool
		why      string
		hopeless bool
	}{
		{"the lowest id publishes", agree(a, b, c), true, "", false},
		{"a node that is to be alone publishes at once", agree(node(5, 1)), true, "", false},
		{"another waits for the lowest", agree(b, a, c), false, `"n1" is to publish`, false},
		{"too few wait", agree(a, b), false, "2 of 3 nodes see each other: n1, n2", false},
		{"one more than expected waits", agree(a, b, c, d), false, "4 nodes wait for a cluster of 3", true},
		{"one that sees others holds it up", append(agree(a, b, c)[:2], blind), false, `"n3" does not see the same`, false},
		{"one that waits for another number holds it up", agree(a, b, node(3, 5)), false, "same --bootstrap-expect", true},
		{"one that only joins does not count", agree(a, b, joiner), false, "2 of 3", false},
		{"one that only joins does not disturb", agree(a, b, c, joiner), true, "", false},
		{"one that has a cluster ends it", agree(a, b, c, starter{member: d.member, served: true}), false, "has a cluster", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			publish, why, hopeless := mayPublish(test.all)
			if publish != test.publish || !strings.Contains(why, test.why) || hopeless != test.hopeless {
				t.Fatalf("%v %q %v", publish, why, hopeless)
			}
		})
	}
}

func TestABirthDrawsItsIdAndKeysAndNothingElse(t *testing.T) {
	a := must(newBirth(newSource(1), testMembers(1, 2, 3), 16, 2))
	b := must(newBirth(newSource(2), testMembers(3, 2, 1), 16, 2))
	if a.Layout.Hash() != b.Layout.Hash() {
		t.Fatal("the same members got two first layouts")
	}
	if a.Cluster == b.Cluster || a.TreeKey == b.TreeKey || a.TokenKeys[0].Secret == b.TokenKeys[0].Secret || a.hash == b.hash {
		t.Fatal("two clusters share a secret or an id")
	}
	if _, err := newBirth(newSource(1), nil, 16, 2); err == nil {
		t.Fatal("a cluster of nobody was born")
	}
}
