package node

import (
	"fmt"
	"time"

	"github.com/kindreddb/kindred/node/quorum"
	"github.com/kindreddb/kindred/ring"
)

// operation is a request with everything resolved that it leaves open: the key's place on the layout, the
// bucket's properties, the counts that it wants.
type operation struct {
	key      Key
	layout   *ring.Layout
	props    BucketProps
	list     []ring.Place // the whole preference list
	replicas int          // how many of it are primaries: min(n, members)
	read     quorum.ReadNeed
	write    quorum.WriteNeed
	sloppy   bool
	timeout  time.Duration
}

// resolve fills an operation from the present view. It refuses counts that no answer could ever meet.
func (n *Node) resolve(bucket, name string, o Options) (*operation, error) {
	v := n.Cluster.View()
	if v.Layout == nil {
		return nil, errNoLayout()
	}
	p := v.Bucket(bucket)
	key := NewKey(bucket, name, p.N)
	op := &operation{
		key: key, layout: v.Layout, props: p,
		list:     v.Layout.PreferenceList(key.Position, p.N),
		replicas: min(p.N, len(v.Layout.Members())),
		sloppy:   !o.NoSloppy,
		timeout:  o.Timeout,
	}
	if op.timeout == 0 {
		op.timeout = n.OperationTimeout
	}
	var err error
	count := func(name string, asked, fallback Level, least int) int {
		level := asked
		if level == LevelUnset {
			level = fallback
		}
		c := level.Count(op.replicas)
		if err == nil && (c < least || c > p.N) {
			err = &Error{Code: CodeInvalidParameter, Effect: NotApplied,
				Detail: fmt.Sprintf("%s=%d is out of range: bucket %q takes %d to %d, one, quorum or all", name, c, bucket, least, p.N)}
		}
		return c
	}
	op.read = quorum.ReadNeed{R: count("r", o.R, p.R, 1), PR: count("pr", o.PR, p.PR, 0)}
	op.read.R = max(op.read.R, op.read.PR)
	op.write = quorum.WriteNeed{W: count("w", o.W, p.W, 1), PW: count("pw", o.PW, p.PW, 0)}
	op.write.W = max(op.write.W, op.write.PW)
	dw := o.DW
	if dw == LevelUnset {
		dw = p.DW
	}
	switch {
	case dw != LevelAsW:
		op.write.DW = count("dw", dw, dw, 0)
		op.write.W = max(op.write.W, op.write.DW)
	case n.Store.Durable():
		op.write.DW = op.write.W
	}
	if err != nil {
		return nil, err
	}
	return op, nil
}

// primaries are the key's owners, in order.
func (op *operation) primaries() []ring.Place { return op.list[:op.replicas] }

// fallbacks are all other members, in the order in which they stand in.
func (op *operation) fallbacks() []ring.Place { return op.list[op.replicas:] }

// place is the node's index among the primaries, or -1.
func (op *operation) place(id ring.NodeID) int {
	for i, p := range op.primaries() {
		if p.Node == id {
			return i
		}
	}
	return -1
}

// member says whether the node is in the layout at all.
func (op *operation) member(id ring.NodeID) bool {
	for _, p := range op.list {
		if p.Node == id {
			return true
		}
	}
	return false
}
