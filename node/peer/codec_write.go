package peer

import (
	"encoding/binary"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func appendForwardRequest(dst []byte, m *node.ForwardRequest) []byte {
	return append(appendPut(dst, m.Put), byte(m.Role))
}

func (d *decoder) forwardRequest() *node.ForwardRequest {
	return &node.ForwardRequest{Put: d.put(), Role: ring.Role(d.number("a role", int(ring.Fallback)))}
}

func appendPut(dst []byte, p node.PutRequest) []byte {
	dst = appendString(dst, p.Bucket)
	dst = appendString(dst, p.Key)
	dst = appendFlags(dst, p.HasSeen, p.Content != nil, p.IfAbsent, p.IfMatch != nil, p.ReturnObject)
	dst = clock.AppendClock(dst, p.Seen)
	if p.Content != nil {
		dst = appendContent(dst, p.Content)
	}
	if p.IfMatch != nil {
		dst = append(dst, p.IfMatch[:]...)
	}
	return appendOptions(dst, p.Options)
}

func (d *decoder) put() node.PutRequest {
	p := node.PutRequest{Bucket: d.string(), Key: d.string()}
	f := d.flags(5)
	p.HasSeen, p.IfAbsent, p.ReturnObject = f.has(0), f.has(2), f.has(4)
	p.Seen = d.clock()
	if f.has(1) {
		p.Content = d.content()
		if d.err == nil && (p.Content.LeftOut || !p.Content.Intact()) {
			d.fail("a content that its digest does not name")
		}
	}
	if f.has(3) {
		p.IfMatch = new(node.ETag)
		copy(p.IfMatch[:], d.take(len(p.IfMatch)))
	}
	p.Options = d.options()
	return p
}

func appendOptions(dst []byte, o node.Options) []byte {
	for _, level := range []node.Level{o.R, o.W, o.PR, o.PW, o.DW} {
		dst = binary.AppendVarint(dst, int64(level))
	}
	dst = appendFlags(dst, o.NoSloppy)
	return binary.AppendVarint(dst, int64(o.Timeout))
}

func (d *decoder) options() node.Options {
	o := node.Options{R: d.level(), W: d.level(), PR: d.level(), PW: d.level(), DW: d.level()}
	o.NoSloppy = d.flags(1).has(0)
	o.Timeout = time.Duration(d.varint())
	return o
}

func (d *decoder) level() node.Level {
	level := d.varint()
	if level < int64(node.LevelAsW) || level > small {
		d.fail("a level of %d", level)
		return 0
	}
	return node.Level(level)
}

func appendForwardReply(dst []byte, m *node.ForwardReply) []byte {
	dst = appendFlags(dst, m.Answer != nil, m.Err != nil)
	if m.Answer != nil {
		dst = appendAnswer(dst, m.Answer)
	}
	if m.Err != nil {
		dst = appendError(dst, m.Err)
	}
	return dst
}

func (d *decoder) forwardReply() *node.ForwardReply {
	m := new(node.ForwardReply)
	f := d.flags(2)
	if f.has(0) == f.has(1) {
		d.fail("an outcome is an answer or an error")
		return m
	}
	if f.has(0) {
		m.Answer = d.answer()
	} else {
		m.Err = d.error()
	}
	return m
}

func appendAnswer(dst []byte, a *node.Answer) []byte {
	dst = appendObject(dst, a.Object)
	dst = clock.AppendClock(dst, a.Seen)
	dst = appendCount(dst, a.Siblings)
	for _, n := range []int{a.Acks.N, a.Acks.Total, a.Acks.Primary, a.Acks.Fallback, a.Acks.Durable} {
		dst = appendCount(dst, n)
	}
	dst = appendID(dst, a.Coordinator)
	dst = appendFlags(dst, a.Covers)
	return appendIDs(dst, a.Hinted)
}

func (d *decoder) answer() *node.Answer {
	return &node.Answer{
		Object:   d.object(),
		Seen:     d.clock(),
		Siblings: d.number("siblings", small),
		Acks: node.Acks{
			N:        d.number("replicas", small),
			Total:    d.number("acks", small),
			Primary:  d.number("acks of primaries", small),
			Fallback: d.number("acks of fallbacks", small),
			Durable:  d.number("acks on disk", small),
		},
		Coordinator: d.id(),
		Covers:      d.flags(1).has(0),
		Hinted:      d.ids(),
	}
}

// The cause stays where it happened: it is for the log there.
func appendError(dst []byte, e *node.Error) []byte {
	dst = appendString(dst, string(e.Code))
	dst = append(dst, byte(e.Effect))
	dst = appendCount(dst, e.Need)
	dst = appendCount(dst, e.Got)
	return appendString(dst, e.Detail)
}

func (d *decoder) error() *node.Error {
	return &node.Error{
		Code:   node.Code(d.string()),
		Effect: node.Effect(d.number("an effect", int(node.Unknown))),
		Need:   d.number("replicas needed", small),
		Got:    d.number("replicas that answered", small),
		Detail: d.string(),
	}
}
