package httpapi

import (
	"bytes"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

// part is one value as multipart/mixed (RFC 2046) gives it: its own header fields, and its bytes as they are.
//
//	--kindred-0f1e…            the boundary, from the object's ETag
//	Id: 9f1c27d0a1b2c3d4@412
//	Node: n1
//	Content-Type: text/plain
//	Last-Modified: …
//	Meta-Author: a
//
//	milk
//	--kindred-0f1e…--
type part struct {
	fields []byte // each with its line end
	value  []byte // the content's own: it is only read
}

// sendParts answers with one part for each value, in the order of the document. What the answer as a whole is
// about, context and tag, stands in its head.
func (o *objectExchange) sendParts(status int, a node.Answer) error {
	parts, err := o.parts(a.Object)
	if err != nil {
		return err
	}
	boundary := boundaryOf(node.ETagOf(a.Object.Versions), parts)
	size := partsSize(boundary, parts)
	if err := o.reserve(int64(size)); err != nil {
		return err
	}
	o.set("X-Content-Type-Options", "nosniff") // there are browsers that open the parts
	o.send(status, document.TypeParts+"; boundary="+boundary, writeParts(boundary, parts, size))
	return nil
}

// parts gives what is shown of the object.
func (o *objectExchange) parts(object node.Object) ([]part, error) {
	var out []part
	for _, v := range object.Versions.Visible() {
		c, err := o.contentOf(object, v)
		if err != nil {
			return nil, err
		}
		out = append(out, part{partFields(v, o.view.NameOf(nodeID(v.Coordinator)), c), c.Value})
	}
	return out, nil
}

// noLineEnds keeps a field in its line. What was stored here was checked when it came, see isText; what came
// from another node is not trusted with more than its own part.
var noLineEnds = strings.NewReplacer("\r", " ", "\n", " ")

// partFields writes a part's head.
func partFields(v clock.Version, node string, c *node.Content) []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		b.WriteString(name)
		b.WriteString(": ")
		b.WriteString(noLineEnds.Replace(value))
		b.WriteString("\r\n")
	}
	field("Id", v.Dot.String())
	field("Node", node)
	field("Content-Type", c.Type)
	if c.Encoding != "" {
		field("Content-Encoding", c.Encoding)
	}
	field("Last-Modified", time.UnixMilli(v.Wall).UTC().Format(http.TimeFormat))
	for _, m := range c.Meta {
		field(textproto.CanonicalMIMEHeaderKey(metaPrefix+m.Name), m.Value)
	}
	return b.Bytes()
}

// boundaryOf gives a boundary that stands in none of the values, and is the same on every node. The tag is a
// hash over those very values, so that a value made to hold it would have another; the search is the proof.
// It ends, because each turn looks for another string and the values are finite.
func boundaryOf(tag node.ETag, parts []part) string {
	boundary := "kindred-" + tag.String()
	for turn := 2; ; turn++ {
		if !anyHolds(parts, []byte("--"+boundary)) {
			return boundary
		}
		boundary = "kindred-" + tag.String() + "-" + strconv.Itoa(turn)
	}
}

func anyHolds(parts []part, delimiter []byte) bool {
	for _, p := range parts {
		if bytes.Contains(p.value, delimiter) {
			return true
		}
	}
	return false
}

// partsSize is the length of what writeParts gives, in bytes.
func partsSize(boundary string, parts []part) int {
	n := len("--") + len(boundary) + len("--\r\n")
	for _, p := range parts {
		n += len("--") + len(boundary) + len("\r\n") + len(p.fields) + len("\r\n") + len(p.value) + len("\r\n")
	}
	return n
}

// writeParts gives the body, whose size is known.
func writeParts(boundary string, parts []part, size int) []byte {
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = append(append(append(b, "--"...), boundary...), "\r\n"...)
		b = append(append(b, p.fields...), "\r\n"...)
		b = append(append(b, p.value...), "\r\n"...)
	}
	return append(append(append(b, "--"...), boundary...), "--\r\n"...)
}
