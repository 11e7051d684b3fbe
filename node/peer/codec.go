package peer

import (
	"encoding/binary"
	"fmt"

	"github.com/kindreddb/kindred/node"
)

// codecVersion is the first byte of every frame and of every message that stands alone. One value has one
// encoding:
//
//	frame    = version byte, uvarint layout, uvarint step, body
//	message  = version byte, body
//	body     = number of the message (byte), its fields in the order of its type
//	string   = uvarint length, bytes; so are byte slices and everything that brings a format of its own
//	list     = uvarint length, elements
//	counts   = uvarint; what may be below zero: zigzag varint; all in their shortest form
//	ids      = 8 bytes, big-endian
//	flags    = one byte for all truth values that stand together, bit 0 first
const codecVersion = 1

// The numbers of the messages on the wire. They are never given anew.
const (
	numberMergeRequest   = 1
	numberMergeReply     = 2
	numberFetchRequest   = 3
	numberFetchReply     = 4
	numberForwardRequest = 5
	numberForwardReply   = 6
	numberSeenRequest    = 7
	numberSeenReply      = 8
	numberBindRequest    = 9
	numberBindReply      = 10
	numberStatusRequest  = 11
	numberStatusReply    = 12
	numberRefused        = 13
	numberTreeRequest    = 14
	numberTreeReply      = 15
)

// AppendFrame appends the encoding of f to dst and returns the longer slice, which shares no memory with f.
// It panics on a body that is none of node's messages, and on versions that clock could not have made.
func AppendFrame(dst []byte, f node.Frame) []byte {
	dst = append(dst, codecVersion)
	dst = binary.AppendUvarint(dst, f.Layout)
	dst = binary.AppendUvarint(dst, f.Step)
	return appendBody(dst, f.Body)
}

// AppendMessage appends the encoding of m to dst and returns the longer slice; it panics as AppendFrame does.
func AppendMessage(dst []byte, m node.Message) []byte {
	return appendBody(append(dst, codecVersion), m)
}

// DecodeFrame reads what AppendFrame wrote, all of b and nothing else. The frame shares no memory with b.
// Errors wrap node.ErrMalformed and say what was wrong and where. It never panics, and takes memory in
// proportion to len(b).
func DecodeFrame(b []byte) (node.Frame, error) {
	d := newDecoder(b)
	f := node.Frame{Layout: d.uvarint(), Step: d.uvarint()}
	f.Body = d.body()
	if err := d.end(); err != nil {
		return node.Frame{}, err
	}
	return f, nil
}

// DecodeMessage reads what AppendMessage wrote, with the promises of DecodeFrame.
func DecodeMessage(b []byte) (node.Message, error) {
	d := newDecoder(b)
	m := d.body()
	if err := d.end(); err != nil {
		return nil, err
	}
	return m, nil
}

func appendBody(dst []byte, m node.Message) []byte {
	switch m := m.(type) {
	case *node.MergeRequest:
		return appendMergeRequest(append(dst, numberMergeRequest), m)
	case *node.MergeReply:
		return appendFlags(append(dst, numberMergeReply), m.Durable)
	case *node.FetchRequest:
		return appendFetchRequest(append(dst, numberFetchRequest), m)
	case *node.FetchReply:
		return appendFetchReply(append(dst, numberFetchReply), m)
	case *node.ForwardRequest:
		return appendForwardRequest(append(dst, numberForwardRequest), m)
	case *node.ForwardReply:
		return appendForwardReply(append(dst, numberForwardReply), m)
	case *node.SeenRequest:
		return appendSeenRequest(append(dst, numberSeenRequest), m)
	case *node.SeenReply:
		return appendSeenReply(append(dst, numberSeenReply), m)
	case *node.BindRequest:
		return appendBindRequest(append(dst, numberBindRequest), m)
	case *node.BindReply:
		return appendString(appendFlags(append(dst, numberBindReply), m.Bound), m.Reason)
	case *node.StatusRequest:
		return append(dst, numberStatusRequest)
	case *node.StatusReply:
		return appendStatus(append(dst, numberStatusReply), m.Status)
	case *node.TreeRequest:
		return appendTreeRequest(append(dst, numberTreeRequest), m)
	case *node.TreeReply:
		return appendTreeReply(append(dst, numberTreeReply), m)
	case *node.Refused:
		return appendRefused(append(dst, numberRefused), m)
	}
	panic(fmt.Sprintf("peer: %T has no number on the wire", m))
}

func (d *decoder) body() node.Message {
	switch number := d.byte(); number {
	case numberMergeRequest:
		return d.mergeRequest()
	case numberMergeReply:
		return &node.MergeReply{Durable: d.flags(1).has(0)}
	case numberFetchRequest:
		return d.fetchRequest()
	case numberFetchReply:
		return d.fetchReply()
	case numberForwardRequest:
		return d.forwardRequest()
	case numberForwardReply:
		return d.forwardReply()
	case numberSeenRequest:
		return d.seenRequest()
	case numberSeenReply:
		return d.seenReply()
	case numberBindRequest:
		return d.bindRequest()
	case numberBindReply:
		return &node.BindReply{Bound: d.flags(1).has(0), Reason: d.string()}
	case numberStatusRequest:
		return &node.StatusRequest{}
	case numberStatusReply:
		return &node.StatusReply{Status: d.status()}
	case numberTreeRequest:
		return d.treeRequest()
	case numberTreeReply:
		return d.treeReply()
	case numberRefused:
		return d.refused()
	default:
		d.fail("no message has the number %d", number)
		return nil
	}
}
