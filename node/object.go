package node

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/kindreddb/kindred/clock"
)

// Content is what a version carries beside its causality. It is immutable.
type Content struct {
	// Digest names all of the fields below Size.
	Digest clock.Digest
	// Size is the length of value, type, encoding and metadata together, in bytes.
	Size int
	// LeftOut marks a content of which only Digest and Size are at hand.
	LeftOut bool

	Value    []byte
	Type     string // Content-Type
	Encoding string // Content-Encoding, "" for none
	Meta     []Meta // ordered by name, no name twice
}

// Meta is one entry of a client's own metadata; names are lower-case.
type Meta struct {
	Name, Value string
}

// NewContent takes ownership of value and meta, and sorts meta.
func NewContent(value []byte, contentType, encoding string, meta []Meta) *Content {
	slices.SortFunc(meta, func(a, b Meta) int { return cmp.Compare(a.Name, b.Name) })
	c := &Content{Value: value, Type: contentType, Encoding: encoding, Meta: meta}
	c.Size = len(value) + len(contentType) + len(encoding)
	for _, m := range meta {
		c.Size += len(m.Name) + len(m.Value)
	}
	c.Digest = c.digest()
	return c
}

// digest hashes each part with its length before it, so that no two contents share an input.
func (c *Content) digest() clock.Digest {
	h := sha256.New()
	var length [8]byte
	part := func(p []byte) {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	part([]byte(c.Type))
	part([]byte(c.Encoding))
	for _, m := range c.Meta {
		part([]byte(m.Name))
		part([]byte(m.Value))
	}
	part(c.Value)
	var sum [sha256.Size]byte
	return clock.Digest(h.Sum(sum[:0])[:len(clock.Digest{})])
}

// Intact says whether the content still is what its digest names. One that was left out cannot be judged.
func (c *Content) Intact() bool { return c.LeftOut || c.digest() == c.Digest }

// Stub is the same content with everything but its name and size left out.
func (c *Content) Stub() *Content {
	return &Content{Digest: c.Digest, Size: c.Size, LeftOut: true}
}

// Object is a set of versions with their contents. Twins share one content. The zero Object is a key never
// heard of. Objects are immutable; functions return new ones.
type Object struct {
	Versions clock.Set
	// Contents has one entry for each content that a version names, ordered by digest; some may be left out.
	Contents []*Content
}

// IsEmpty says whether the object holds no version, not even a tombstone.
func (o Object) IsEmpty() bool { return len(o.Versions) == 0 }

// Content finds the content that a version names; nil for tombstones.
func (o Object) Content(d clock.Digest) *Content {
	i, found := slices.BinarySearchFunc(o.Contents, d, compareDigest)
	if !found {
		return nil
	}
	return o.Contents[i]
}

func compareDigest(c *Content, d clock.Digest) int { return bytes.Compare(c.Digest[:], d[:]) }

// Size is the length of all contents together, in bytes, those left out included.
func (o Object) Size() int {
	n := 0
	for _, c := range o.Contents {
		n += c.Size
	}
	return n
}

// Whole says whether no content was left out.
func (o Object) Whole() bool {
	return !slices.ContainsFunc(o.Contents, func(c *Content) bool { return c.LeftOut })
}

// MergeObjects is clock.Sync with the contents carried along. A content that is at hand on either side is
// at hand in the result.
func MergeObjects(a, b Object) Object {
	if b.IsEmpty() {
		return a
	}
	if a.IsEmpty() {
		return b
	}
	merged := clock.Sync(a.Versions, b.Versions)
	return Object{merged, contentsOf(merged, a, b)}
}

// contentsOf picks the contents that the versions name, from whichever source has them.
func contentsOf(versions clock.Set, sources ...Object) []*Content {
	var out []*Content
	for _, v := range versions {
		if v.Tombstone {
			continue
		}
		i, found := slices.BinarySearchFunc(out, v.Content, compareDigest)
		if found {
			continue
		}
		var best *Content
		for _, s := range sources {
			if c := s.Content(v.Content); c != nil && (best == nil || best.LeftOut) {
				best = c
			}
		}
		if best != nil {
			out = slices.Insert(out, i, best)
		}
	}
	return out
}

// Limit leaves out what does not fit into max bytes of contents, in their order; a negative max leaves out
// none.
func (o Object) Limit(max int) Object {
	if max < 0 {
		return o
	}
	out := Object{Versions: o.Versions, Contents: make([]*Content, len(o.Contents))}
	for i, c := range o.Contents {
		if !c.LeftOut && c.Size > max {
			c = c.Stub()
		} else if !c.LeftOut {
			max -= c.Size
		}
		out.Contents[i] = c
	}
	return out
}

// Check says what is wrong with an object that came from outside: versions out of order, contents that are
// missing, damaged, or named by no version.
func (o Object) Check() error {
	for i := 1; i < len(o.Versions); i++ {
		if o.Versions[i-1].Compare(o.Versions[i]) >= 0 {
			return errMalformed("versions out of order")
		}
	}
	named := 0
	for i, c := range o.Contents {
		if i > 0 && bytes.Compare(o.Contents[i-1].Digest[:], c.Digest[:]) >= 0 {
			return errMalformed("contents out of order")
		}
		if !c.Intact() {
			return errMalformed("a content that its digest does not name")
		}
		if slices.ContainsFunc(o.Versions, func(v clock.Version) bool { return !v.Tombstone && v.Content == c.Digest }) {
			named++
		}
	}
	if named != len(o.Contents) {
		return errMalformed("a content that no version names")
	}
	for _, v := range o.Versions {
		if !v.Tombstone && o.Content(v.Content) == nil {
			return errMalformed("a version without its content")
		}
	}
	return nil
}
