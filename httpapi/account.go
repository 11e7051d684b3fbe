package httpapi

import (
	"encoding/hex"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func nodeID(id uint64) ring.NodeID { return ring.NodeID(id) }

func nodeRef(view *node.View, id ring.NodeID) document.NodeRef {
	return document.NodeRef{ID: id.String(), Name: view.NameOf(id)}
}

func nodeRefs(view *node.View, ids []ring.NodeID) []document.NodeRef {
	out := []document.NodeRef{}
	for _, id := range ids {
		out = append(out, nodeRef(view, id))
	}
	return out
}

// accountDocument tells everything that is known of a key.
func accountDocument(view *node.View, bucket, key string, a node.Account) document.Account {
	d := document.Account{
		Bucket: names.EncodeBucket(bucket), Key: names.EncodeKey(key), Partition: a.Partition, N: a.N,
		Replicas: []document.Replica{}, Hints: []document.Hint{},
	}
	oldest := int64(0)
	for _, r := range a.Replicas {
		d.Replicas = append(d.Replicas, replicaDocument(view, r))
		for _, t := range r.Targets {
			d.Hints = append(d.Hints, document.Hint{Keeper: nodeRef(view, r.Node), For: nodeRef(view, t)})
		}
		for _, v := range r.Versions {
			if v.Tombstone && (oldest == 0 || v.Wall < oldest) {
				oldest = v.Wall
			}
		}
	}
	if oldest != 0 {
		age := time.Since(time.UnixMilli(oldest)).Seconds()
		d.TombstoneAge = &age
	}
	return d
}

func replicaDocument(view *node.View, r node.ReplicaAccount) document.Replica {
	d := document.Replica{
		ID: r.Node.String(), Name: view.NameOf(r.Node), Role: r.Role.String(), State: "unreachable", Cause: r.Err,
		Versions: []document.HeldVersion{}, HintFor: nodeRefs(view, r.Targets),
	}
	if r.Err != "" {
		return d
	}
	d.State = r.Standing.String()
	if len(r.Versions) > 0 {
		hash := hex.EncodeToString(r.Hash[:])
		d.Hash = &hash
	}
	for _, v := range r.Versions {
		d.Versions = append(d.Versions, versionDocument(view, v))
	}
	return d
}

func versionDocument(view *node.View, v clock.Version) document.HeldVersion {
	d := document.HeldVersion{
		ID: v.Dot.String(), Tombstone: v.Tombstone, Clock: v.Clock().String(),
		Node: view.NameOf(nodeID(v.Coordinator)), LastModified: document.FormatTime(time.UnixMilli(v.Wall)),
	}
	if !v.Tombstone {
		d.Content = hex.EncodeToString(v.Content[:])
	}
	return d
}
