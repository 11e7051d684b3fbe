package httpapi

import (
	"encoding/hex"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// adminTimeout bounds what the operator asks for.
const adminTimeout = 10 * time.Second

// getCluster answers GET /admin/cluster. It answers while the node is not ready too: then most of all.
func (s *Server) getCluster(x *exchange) error {
	if err := noParams(x.query); err != nil {
		return err
	}
	ctx, cancel := x.context(adminTimeout)
	defer cancel()
	c, err := s.Backend.ClusterStatus(ctx)
	if err != nil {
		return err
	}
	return x.sendDocument(200, document.TypeJSON, clusterDocument(c))
}

func clusterDocument(c node.ClusterStatus) document.Cluster {
	d := document.Cluster{
		Verdict: string(c.Verdict), CanFail: c.CanFail,
		Nodes: []document.Node{}, Problems: []document.Trouble{},
	}
	if c.ClusterID != 0 {
		id := ring.NodeID(c.ClusterID).String() // the same 16 digits
		d.Cluster = &id
	}
	if c.Layout != nil {
		number := c.Layout.Number()
		d.Layout, d.Repair = &number, clusterRepair(c.Nodes)
	}
	for _, n := range c.Nodes {
		d.Nodes = append(d.Nodes, nodeDocument(n))
	}
	for _, p := range c.Problems {
		d.Problems = append(d.Problems, document.Trouble{What: p.What, Cause: p.Cause, Next: p.Next, Since: timeOrNull(p.Since)})
	}
	return d
}

func nodeDocument(n node.NodeStatus) document.Node {
	m := n.Member
	d := document.Node{
		ID: m.ID.String(), Name: m.Name, State: n.State, Since: timeOrNull(m.Since), Zone: n.Zone,
		Capacity: n.Capacity, Partitions: n.Partitions, Hints: n.HintsFor.Count, HintBytes: n.HintsFor.Bytes,
		Data: m.Data, Admin: m.Admin, Peer: m.Peer, Gossip: m.Gossip, Version: m.Version, Cause: m.Cause,
	}
	if s := n.Status; s != nil {
		d.Keys, d.Bytes, d.GetP99, d.PutP99 = &s.Keys, &s.Bytes, &s.GetP99, &s.PutP99
		d.FreeBytes, d.DiskFull, d.Damaged, d.Incomplete = &s.FreeBytes, &s.Full, &s.Damaged, &s.Incomplete
		if s.Version != "" {
			d.Version = s.Version
		}
	}
	return d
}

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := document.FormatTime(t)
	return &s
}

// getLayout answers GET /admin/layout.
func (s *Server) getLayout(x *exchange) error {
	if err := noParams(x.query); err != nil {
		return err
	}
	l := s.Backend.View().Layout
	if l == nil {
		return refusal(node.CodeNotReady, "there is no layout yet: the cluster is not founded, see --bootstrap-expect and --join")
	}
	return x.sendDocument(200, document.TypeJSON, layoutDocument(l))
}

func layoutDocument(l *ring.Layout) document.Layout {
	hash := l.Hash()
	d := document.Layout{
		Number: l.Number(), Hash: hex.EncodeToString(hash[:]), Partitions: l.Partitions(), N: l.N(),
		Members: []document.LayoutMember{},
	}
	for _, m := range l.Members() {
		row := document.LayoutMember{ID: m.ID.String(), Name: m.Name, Zone: m.Zone, Capacity: m.Capacity}
		for p := range l.Partitions() {
			if l.Owns(m.ID, p, l.N()) {
				row.Partitions++
			}
		}
		d.Members = append(d.Members, row)
	}
	return d
}

// getWhere answers GET /admin/where/{bucket}/{key}.
func (s *Server) getWhere(x *exchange) error {
	bucket, key, err := x.splitNames()
	if err != nil {
		return err
	}
	if err := noParams(x.query); err != nil {
		return err
	}
	l, err := s.Backend.Where(bucket, key)
	if err != nil {
		return err
	}
	view := s.Backend.View()
	return x.sendDocument(200, document.TypeJSON, document.Where{
		Bucket: names.EncodeBucket(bucket), Key: names.EncodeKey(key), Partition: l.Partition, N: l.N,
		Primaries: nodeRefs(view, l.Primaries), Fallbacks: nodeRefs(view, l.Fallbacks),
	})
}
