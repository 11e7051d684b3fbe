package gossip

import (
	"fmt"
	"math"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// DecodeState reads what Encode wrote and refuses everything else, with an error that wraps ErrMalformed. It
// keeps nothing of b.
func DecodeState(b []byte) (State, error) {
	if len(b) > stateBytesMax {
		return State{}, fmt.Errorf("%w state: %d bytes: %d is the most", ErrMalformed, len(b), stateBytesMax)
	}
	r := reader{rest: b}
	if v := r.byte("version"); v != stateVersion {
		r.fail("version %d, and this program reads %d", v, stateVersion)
	}
	s := State{births: r.births(), layouts: r.candidates(), follows: r.follows(), buckets: r.buckets()}
	if err := r.done("state"); err != nil {
		return State{}, err
	}
	return s, nil
}

func (r *reader) births() []Birth {
	var births []Birth
	for count := r.uint("count of births", birthsMax); count > 0 && r.fault == ""; count-- {
		b := r.birth()
		if r.fault != "" {
			return nil
		}
		if len(births) > 0 && (b.Sealed || births[0].Sealed || births[len(births)-1].compare(b) >= 0) {
			r.fail("birth of cluster %016x is out of order", b.Cluster)
		}
		births = append(births, b)
	}
	return births
}

func (r *reader) birth() Birth {
	b := Birth{Cluster: r.uint64("cluster")}
	if b.Cluster == 0 {
		r.fail("a cluster has no id")
	}
	keys := r.uint("count of token keys", tokenKeysMax)
	if keys == 0 {
		r.fail("a cluster has no token key")
	}
	for ; keys > 0 && r.fault == ""; keys-- {
		b.TokenKeys = append(b.TokenKeys, clock.TokenKey{ID: r.byte("key id"), Secret: [32]byte(r.take("secret", 32))})
	}
	b.TreeKey = [16]byte(r.take("tree key", 16))
	b.Layout = r.layout()
	b.Sealed = r.bool("sealed")
	if r.fault != "" {
		return Birth{}
	}
	if b.Layout.Number() != 1 {
		r.fail("a birth has layout %d", b.Layout.Number())
	}
	return b.hashed()
}

func (r *reader) layout() *ring.Layout {
	encoded := r.bytes("layout", layoutBytesMax)
	if r.fault != "" {
		return nil
	}
	l, err := ring.Decode(encoded)
	if err != nil {
		r.fail("%v", err)
	}
	return l
}

func (r *reader) candidates() []candidate {
	var all []candidate
	for count := r.uint("count of layouts", layoutsMax); count > 0 && r.fault == ""; count-- {
		c := candidate{r.layout(), r.bool("sealed")}
		if r.fault != "" {
			return nil
		}
		if len(all) > 0 && (c.sealed || all[len(all)-1].compare(c) >= 0 || hasLayout(all, c.layout)) {
			r.fail("layout %d is out of order", c.layout.Number())
		}
		all = append(all, c)
	}
	return all
}

func hasLayout(all []candidate, l *ring.Layout) bool {
	for _, c := range all {
		if c.layout.Hash() == l.Hash() {
			return true
		}
	}
	return false
}

func (r *reader) follows() map[ring.NodeID]follow {
	count := r.uint("count of statements", followsMax)
	if count == 0 {
		return nil
	}
	follows := map[ring.NodeID]follow{}
	last := ring.NodeID(0)
	for ; count > 0 && r.fault == ""; count-- {
		id := ring.NodeID(r.uint64("node"))
		f := follow{r.uint("sequence", math.MaxUint64), [16]byte(r.take("hash", 16))}
		if id <= last || f.seq == 0 {
			r.fail("the statement of node %s is out of order", id)
		}
		follows[id], last = f, id
	}
	return follows
}

func (r *reader) buckets() map[string]settings {
	count := r.uint("count of buckets", bucketsMax)
	if count == 0 {
		return nil
	}
	buckets := map[string]settings{}
	last := ""
	for ; count > 0 && r.fault == ""; count-- {
		name := r.string("bucket", bucketNameMax)
		if name <= last {
			r.fail("bucket %q is out of order", name)
		}
		buckets[name], last = r.settings(), name
	}
	return buckets
}

func (r *reader) settings() settings {
	p := node.BucketProps{ExplicitN: r.bool("explicit n"), N: int(r.uint("n", ring.ReplicasMax))}
	nChanged := int64(r.uint("change of n", math.MaxInt64))
	p.Changed = int64(r.uint("change", math.MaxInt64))
	for _, level := range [...]*node.Level{&p.R, &p.W, &p.PR, &p.PW, &p.DW} {
		*level = node.Level(r.int("level", int64(node.LevelAsW), ring.ReplicasMax))
	}
	p.MaxSiblings = int(r.uint("max siblings", countMax))
	p.MaxValueSize = int(r.uint("max value size", countMax))
	return settings{p, nChanged}
}

// checkProps says whether a bucket's properties can be written so that DecodeState reads them again.
func checkProps(bucket string, p node.BucketProps) error {
	if bucket == "" || len(bucket) > bucketNameMax {
		return fmt.Errorf("gossip: a bucket's name has 1 to %d bytes, and this one %d", bucketNameMax, len(bucket))
	}
	r := reader{rest: appendSettings(nil, settings{props: p})}
	r.settings()
	if err := r.done("properties"); err != nil {
		return fmt.Errorf("gossip: properties of bucket %q: %w", bucket, err)
	}
	return nil
}
