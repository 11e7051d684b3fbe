package peer

import (
	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Requests and answers of trees travel in the encodings of package antientropy, which is one format for disk
// and wire.

func appendTreeRequest(dst []byte, m *node.TreeRequest) []byte {
	dst = appendCount(dst, m.Range.Partition)
	dst = appendCount(dst, m.Range.N)
	return appendBytes(dst, antientropy.AppendRequest(nil, m.Request))
}

func (d *decoder) treeRequest() *node.TreeRequest {
	m := &node.TreeRequest{Range: node.Range{Partition: d.number("a partition", ring.PartitionsMax-1), N: d.replicas()}}
	var err error
	if m.Request, err = antientropy.DecodeRequest(d.take(d.length("bytes", 1))); err != nil {
		d.fail("%v", err)
	}
	return m
}

func appendTreeReply(dst []byte, m *node.TreeReply) []byte {
	return appendBytes(dst, antientropy.AppendAnswer(nil, m.Answer))
}

func (d *decoder) treeReply() *node.TreeReply {
	m := new(node.TreeReply)
	var err error
	if m.Answer, err = antientropy.DecodeAnswer(d.take(d.length("bytes", 1))); err != nil {
		d.fail("%v", err)
	}
	return m
}
