package peer

import (
	"encoding/binary"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// The least bytes that an entry of each list takes.
const (
	claimBytesMin = 1 + 1 + 8 + 1
	hintsBytesMin = 8 + 1 + 1
)

func appendSeenRequest(dst []byte, m *node.SeenRequest) []byte {
	dst = appendCount(dst, len(m.Claims))
	for _, c := range m.Claims {
		dst = appendCount(dst, c.Range.Partition)
		dst = appendCount(dst, c.Range.N)
		dst = binary.BigEndian.AppendUint64(dst, uint64(c.Actor))
		dst = binary.AppendUvarint(dst, c.Last)
	}
	return dst
}

func (d *decoder) seenRequest() *node.SeenRequest {
	m := new(node.SeenRequest)
	if n := d.length("claims", claimBytesMin); n > 0 {
		m.Claims = make([]node.ActorClaim, n)
	}
	for i := range m.Claims {
		m.Claims[i] = node.ActorClaim{
			Range: node.Range{Partition: d.number("a partition", ring.PartitionsMax-1), N: d.replicas()},
			Actor: clock.Actor(d.uint64()),
			Last:  d.uvarint(),
		}
		if m.Claims[i].Actor == 0 {
			d.fail("an actor of zero")
		}
		if d.err != nil {
			break
		}
	}
	return m
}

func appendSeenReply(dst []byte, m *node.SeenReply) []byte {
	dst = appendCount(dst, len(m.Highest))
	for _, n := range m.Highest {
		dst = binary.AppendUvarint(dst, n)
	}
	return dst
}

func (d *decoder) seenReply() *node.SeenReply {
	m := new(node.SeenReply)
	if n := d.length("numbers", 1); n > 0 {
		m.Highest = make([]uint64, n)
	}
	for i := range m.Highest {
		m.Highest[i] = d.uvarint()
	}
	return m
}

func appendBindRequest(dst []byte, m *node.BindRequest) []byte {
	return appendCount(appendString(dst, m.Bucket), m.N)
}

// bindRequest takes an n of zero too: it undoes a binding.
func (d *decoder) bindRequest() *node.BindRequest {
	return &node.BindRequest{Bucket: d.string(), N: d.number("replicas", ring.ReplicasMax)}
}

func appendStatus(dst []byte, s node.Status) []byte {
	dst = appendString(dst, s.Version)
	dst = appendFigures(dst, s.Keys, s.Bytes, s.Damaged, s.FreeBytes, s.GetP99, s.PutP99)
	dst = appendFigures(dst, int64(s.Pairs), int64(s.Due), int64(s.Away), int64(s.Incomplete))
	dst = appendFlags(dst, s.Full, s.RepairPaused, s.NoAntiEntropy, s.NoReadRepair, s.NoHandoff)
	dst = appendCount(dst, len(s.Hints))
	for _, h := range s.Hints {
		dst = appendFigures(appendID(dst, h.Target), h.Count, h.Bytes)
	}
	return dst
}

func appendFigures(dst []byte, figures ...int64) []byte {
	for _, n := range figures {
		dst = binary.AppendVarint(dst, n)
	}
	return dst
}

func (d *decoder) status() node.Status {
	s := node.Status{
		Version:   d.string(),
		Keys:      d.varint(),
		Bytes:     d.varint(),
		Damaged:   d.varint(),
		FreeBytes: d.varint(),
		GetP99:    d.varint(),
		PutP99:    d.varint(),
		Pairings: node.Pairings{
			Pairs: int(d.varint()), Due: int(d.varint()), Away: int(d.varint()), Incomplete: int(d.varint()),
		},
	}
	flags := d.flags(5)
	s.Full, s.RepairPaused = flags.has(0), flags.has(1)
	s.NoAntiEntropy, s.NoReadRepair, s.NoHandoff = flags.has(2), flags.has(3), flags.has(4)
	if n := d.length("targets of hints", hintsBytesMin); n > 0 {
		s.Hints = make([]node.TargetHints, n)
	}
	for i := range s.Hints {
		s.Hints[i] = node.TargetHints{Target: d.id(), Count: d.varint(), Bytes: d.varint()}
	}
	return s
}

func appendRefused(dst []byte, m *node.Refused) []byte {
	dst = append(dst, byte(m.Reason))
	dst = appendString(dst, m.Detail)
	dst = appendFlags(dst, m.Layout != nil)
	if m.Layout != nil {
		dst = appendBytes(dst, m.Layout.Encode())
	}
	return dst
}

// refused takes any reason: one that a newer program gives is still a refusal.
func (d *decoder) refused() *node.Refused {
	m := &node.Refused{Reason: node.Refusal(d.byte()), Detail: d.string()}
	if m.Reason == 0 {
		d.fail("a refusal without a reason")
	}
	if !d.flags(1).has(0) {
		return m
	}
	b := d.take(d.length("bytes of a layout", 1))
	if d.err != nil {
		return m
	}
	layout, err := ring.Decode(b)
	if err != nil {
		d.fail("%v", err)
		return m
	}
	m.Layout = layout
	return m
}
