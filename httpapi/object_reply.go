package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
)

// setAnswer sets the fields that every answer about a key has. counted names what the quorum counted.
func (o *objectExchange) setAnswer(a node.Answer, counted string) {
	if !a.Seen.IsEmpty() {
		o.set("Causal-Context", o.sealer.Seal(o.bucket, o.key, a.Seen))
	}
	o.set("Siblings", strconv.Itoa(a.Siblings))
	quorum := fmt.Sprintf("n=%d, %s=%d, primary=%d, fallback=%d", a.Acks.N, counted, a.Acks.Total, a.Acks.Primary, a.Acks.Fallback)
	if counted == "acks" {
		quorum += fmt.Sprintf(", durable=%d", a.Acks.Durable)
	}
	o.set("Quorum", quorum)
	o.set("Coordinator", o.view.NameOf(a.Coordinator))
	if len(a.Hinted) > 0 {
		var hinted []string
		for _, id := range a.Hinted {
			hinted = append(hinted, o.view.NameOf(id))
		}
		o.set("Hinted", strings.Join(hinted, ", "))
	}
}

// setVisible sets what identifies the values that are shown. Where none is, there is nothing to identify.
func (o *objectExchange) setVisible(object node.Object) {
	newest := int64(0)
	visible := object.Versions.Visible()
	for _, v := range visible {
		newest = max(newest, v.Wall)
	}
	if len(visible) > 0 {
		// As everybody writes it: the parser's own spelling would be Etag.
		o.response().Header.SetCanonical([]byte("ETag"), []byte(`"`+node.ETagOf(object.Versions).String()+`"`))
		o.set("Last-Modified", time.UnixMilli(newest).UTC().Format(http.TimeFormat))
	}
}

// sendRead answers a read: one value as it is, several as a document or as parts, as the client can take them.
func (o *objectExchange) sendRead(a node.Answer, conditions readConditions) error {
	visible := a.Object.Versions.Visible()
	if len(visible) == 0 {
		return o.errNotThere(a)
	}
	o.setVisible(a.Object)
	etag := node.ETagOf(a.Object.Versions)
	if conditions.failed(etag) {
		return refusal(node.CodePreconditionFailed, "the key's state is another than If-Match names")
	}
	if conditions.notModified(etag) {
		o.response().SetStatusCode(304)
		return nil
	}
	accept := o.headers("Accept")
	if len(visible) > 1 {
		form, status := chooseSiblingsForm(accept)
		if form == formParts {
			return o.sendParts(status, a)
		}
		return o.sendObject(status, a)
	}
	content, err := o.contentOf(a.Object, visible[0])
	if err != nil {
		return err
	}
	switch chooseForm(accept, content.Type) {
	case formDocument:
		return o.sendObject(200, a)
	case formParts:
		return o.sendParts(200, a)
	case formRaw:
		return o.sendValue(content)
	}
	return refusal(codeNotAcceptable, "the value is %s; it can be had as that, as %s, or as %s", show(content.Type), document.TypeObject, document.TypeParts)
}

// contentOf finds what a version that is to be shown carries.
func (o *objectExchange) contentOf(object node.Object, v clock.Version) (*node.Content, error) {
	c := object.Content(v.Content)
	if c == nil || c.LeftOut {
		return nil, fmt.Errorf("httpapi: the answer about %q in %q lacks the content of %s", o.key, o.bucket, v.Dot)
	}
	return c, nil
}

// sendValue answers with a value's bytes under the type that they were stored with. What a browser makes of
// them is that type's affair: it must not guess another.
func (o *objectExchange) sendValue(c *node.Content) error {
	if err := o.reserve(int64(len(c.Value))); err != nil {
		return err
	}
	o.send(200, c.Type, c.Value)
	if c.Encoding != "" {
		o.set("Content-Encoding", c.Encoding)
	}
	o.set("X-Content-Type-Options", "nosniff")
	for _, m := range c.Meta {
		o.set("Meta-"+m.Name, m.Value)
	}
	return nil
}

// sendObject answers with the object document.
func (o *objectExchange) sendObject(status int, a node.Answer) error {
	// Base64, and the copy that the encoder makes: what the document takes while it is built.
	if err := o.reserve(int64(a.Object.Size()) * 3); err != nil {
		return err
	}
	d, err := o.document(a)
	if err != nil {
		return err
	}
	return o.sendDocument(status, document.TypeObject, d)
}

// document builds the object document; the same object gives the same one on every node.
func (o *objectExchange) document(a node.Answer) (document.Object, error) {
	d := document.Object{
		Bucket: names.EncodeBucket(o.bucket), Key: names.EncodeKey(o.key),
		Siblings: []document.Sibling{},
	}
	if !a.Seen.IsEmpty() {
		d.Context = o.sealer.Seal(o.bucket, o.key, a.Seen)
	}
	for _, v := range a.Object.Versions.Visible() {
		c, err := o.contentOf(a.Object, v)
		if err != nil {
			return document.Object{}, err
		}
		s := document.Sibling{
			ID: v.Dot.String(), Node: o.view.NameOf(nodeID(v.Coordinator)), ContentType: c.Type, ContentEncoding: c.Encoding,
			LastModified: document.FormatTime(time.UnixMilli(v.Wall)), Metadata: map[string]string{},
		}
		for _, m := range c.Meta {
			s.Metadata[m.Name] = m.Value
		}
		s.SetValue(c.Value)
		d.Siblings = append(d.Siblings, s)
	}
	return d, nil
}
