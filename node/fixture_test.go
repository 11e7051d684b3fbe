package node

import (
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// fixed is a Cluster that never changes.
type fixed struct {
	Cluster
	view *View
	down map[ring.NodeID]bool
}

func (f fixed) View() *View                   { return f.view }
func (f fixed) Reachable(id ring.NodeID) bool { return !f.down[id] }

// disk is a Store of which only the durability is asked.
type disk struct {
	Store
	sync bool
}

func (d disk) Durable() bool { return d.sync }

// layoutOf numbers its members from 1.
func layoutOf(t *testing.T, members, n int) *ring.Layout {
	t.Helper()
	var all []ring.Member
	for i := range members {
		all = append(all, ring.Member{ID: ring.NodeID(i + 1), Name: fmt.Sprintf("n%d", i+1), Capacity: 1})
	}
	l, err := ring.First(all, 16, n)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bare is a node for what needs no store and no peers, with properties of bucket "b".
func bare(t *testing.T, members, n int, sync bool, p BucketProps) *Node {
	t.Helper()
	view := &View{ClusterID: 1, Layout: layoutOf(t, members, n), Buckets: map[string]BucketProps{"b": p}}
	node := &Node{Config: Config{ID: 1, Store: disk{sync: sync}, Cluster: fixed{view: view, down: map[ring.NodeID]bool{}}}}
	node.setDefaults()
	node.health = newHealth(node.SuspectFor)
	return node
}

// blind is the version of a write that has seen nothing.
func blind(actor clock.Actor, counter uint64, c *Content) Object {
	v := clock.Update(clock.Clock{}, nil, clock.Source{Actor: actor, Counter: counter, Since: counter - 1})
	o := Object{}
	if c == nil {
		v.Tombstone = true
	} else {
		v.Content, o.Contents = c.Digest, []*Content{c}
	}
	o.Versions = clock.Set{v}
	return o
}

func text(s string) *Content { return NewContent([]byte(s), "text/plain", "", nil) }
