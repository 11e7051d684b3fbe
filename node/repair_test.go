package node

import (
	"errors"
	"slices"
	"testing"

	"github.com/kindreddb/kindred/ring"
)

func TestAReadMendsTheOwnersThatAnsweredWithLess(t *testing.T) {
	x, y := blind(7, 1, text("x")), blind(8, 1, text("y"))
	both := MergeObjects(x, y)
	from := func(id ring.NodeID, role ring.Role, o Object) answered {
		return answered{node: id, role: role, reply: FetchReply{Object: o}}
	}
	for _, c := range []struct {
		name    string
		merged  Object
		answers []answered
		want    []ring.NodeID
	}{
		{"nobody answered", Object{}, nil, nil},
		{"all hold the same", x, []answered{from(1, ring.Primary, x), from(2, ring.Primary, x)}, nil},
		{"all hold nothing", Object{}, []answered{from(1, ring.Primary, Object{})}, nil},
		{"one holds nothing", x, []answered{from(1, ring.Primary, x), from(2, ring.Primary, Object{})}, []ring.NodeID{2}},
		{"each holds a part", both, []answered{from(1, ring.Primary, x), from(2, ring.Primary, y), from(3, ring.Primary, both)}, []ring.NodeID{1, 2}},
		{"a fallback holds less", x, []answered{from(1, ring.Primary, x), from(4, ring.Fallback, Object{})}, nil},
		{"a fallback holds more", both, []answered{from(1, ring.Primary, x), from(4, ring.Fallback, both)}, []ring.NodeID{1}},
		{"one failed", x, []answered{from(1, ring.Primary, x), {node: 2, err: errors.New("no answer")}}, nil},
	} {
		if got := repairsFor(c.merged, c.answers); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
