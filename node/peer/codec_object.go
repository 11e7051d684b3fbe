package peer

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// The least bytes that an entry of each list takes.
const (
	contentBytesMin = 1 + len(clock.Digest{}) + 1
	metaBytesMin    = 1 + 1
)

// The position is not sent: it follows from the names, and one that does not would be a lie.
func appendKey(dst []byte, k node.Key) []byte {
	dst = appendString(dst, k.Bucket)
	dst = appendString(dst, k.Name)
	return appendCount(dst, k.N)
}

func (d *decoder) key() node.Key {
	bucket, name, n := d.string(), d.string(), d.replicas()
	if d.err != nil {
		return node.Key{}
	}
	return node.NewKey(bucket, name, n)
}

func (d *decoder) replicas() int {
	n := d.number("replicas", ring.ReplicasMax)
	if n == 0 {
		d.fail("no replicas")
	}
	return n
}

func appendObject(dst []byte, o node.Object) []byte {
	dst = slices.Grow(dst, objectBytesAbout(o))
	dst = clock.AppendSet(dst, o.Versions)
	dst = appendCount(dst, len(o.Contents))
	for _, c := range o.Contents {
		dst = appendContent(dst, c)
	}
	return dst
}

// objectBytesAbout spares a large object the growth of its buffer step by step.
func objectBytesAbout(o node.Object) int {
	n := 128 * (1 + len(o.Versions))
	for _, c := range o.Contents {
		n += contentBytesMin
		if !c.LeftOut {
			n += c.Size + 32*(1+len(c.Meta))
		}
	}
	return n
}

func (d *decoder) object() node.Object {
	o := node.Object{Versions: d.set()}
	if n := d.length("contents", contentBytesMin); n > 0 {
		o.Contents = make([]*node.Content, n)
	}
	for i := range o.Contents {
		if o.Contents[i] = d.content(); d.err != nil {
			return node.Object{}
		}
	}
	if d.err == nil {
		if err := o.Check(); err != nil {
			d.err = fmt.Errorf("%w, in the object that ends at byte %d of %d", err, d.size-len(d.rest), d.size)
			d.rest = nil
		}
	}
	return o
}

func (d *decoder) set() clock.Set {
	if d.err != nil {
		return nil
	}
	s, rest, err := clock.DecodeSet(d.rest)
	if err != nil {
		d.fail("%v", err)
		return nil
	}
	d.rest = rest
	return s
}

func (d *decoder) clock() clock.Clock {
	if d.err != nil {
		return clock.Clock{}
	}
	c, rest, err := clock.DecodeClock(d.rest)
	if err != nil {
		d.fail("%v", err)
		return clock.Clock{}
	}
	d.rest = rest
	return c
}

// The digest travels with the bytes that it names, so that what was damaged on the way, or before, is seen.
func appendContent(dst []byte, c *node.Content) []byte {
	dst = appendFlags(dst, c.LeftOut)
	dst = append(dst, c.Digest[:]...)
	if c.LeftOut {
		return appendCount(dst, c.Size)
	}
	dst = appendString(dst, c.Type)
	dst = appendString(dst, c.Encoding)
	dst = appendCount(dst, len(c.Meta))
	for _, m := range c.Meta {
		dst = appendString(dst, m.Name)
		dst = appendString(dst, m.Value)
	}
	return appendBytes(dst, c.Value)
}

// content does not look whether the digest fits; node.Object.Check does.
func (d *decoder) content() *node.Content {
	c := &node.Content{LeftOut: d.flags(1).has(0)}
	copy(c.Digest[:], d.take(len(c.Digest)))
	if c.LeftOut {
		c.Size = d.number("the size of a content", MessageBytesMax)
		return c
	}
	c.Type, c.Encoding = d.string(), d.string()
	c.Meta = d.meta()
	c.Value = d.bytes()
	c.Size = len(c.Value) + len(c.Type) + len(c.Encoding)
	for _, m := range c.Meta {
		c.Size += len(m.Name) + len(m.Value)
	}
	return c
}

func (d *decoder) meta() []node.Meta {
	n := d.length("metadata", metaBytesMin)
	if n == 0 {
		return nil
	}
	out := make([]node.Meta, n)
	for i := range out {
		out[i] = node.Meta{Name: d.string(), Value: d.string()}
		if i > 0 && out[i-1].Name >= out[i].Name {
			d.fail("metadata out of order")
			return nil
		}
	}
	return out
}

func appendMergeRequest(dst []byte, m *node.MergeRequest) []byte {
	dst = appendKey(dst, m.Key)
	dst = appendObject(dst, m.Object)
	dst = appendIDs(dst, m.Targets)
	return appendFlags(dst, m.Durable)
}

func (d *decoder) mergeRequest() *node.MergeRequest {
	m := &node.MergeRequest{Key: d.key(), Object: d.object(), Targets: d.ids(), Durable: d.flags(1).has(0)}
	if !m.Object.Whole() {
		d.fail("an object to merge that is not whole")
	}
	return m
}

func appendFetchRequest(dst []byte, m *node.FetchRequest) []byte {
	return binary.AppendVarint(appendKey(dst, m.Key), int64(m.ContentMax))
}

func (d *decoder) fetchRequest() *node.FetchRequest {
	return &node.FetchRequest{Key: d.key(), ContentMax: int(d.varint())}
}

func appendFetchReply(dst []byte, m *node.FetchReply) []byte {
	dst = appendObject(dst, m.Object)
	dst = append(dst, byte(m.Standing))
	return appendIDs(dst, m.Targets)
}

func (d *decoder) fetchReply() *node.FetchReply {
	return &node.FetchReply{
		Object:   d.object(),
		Standing: node.Standing(d.number("a standing", int(node.Stranger))),
		Targets:  d.ids(),
	}
}
