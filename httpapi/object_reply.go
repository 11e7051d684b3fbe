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

// sendRead answers a read: one value as it is, several as a document, as the client can take them.
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
		return o.sendSiblings(a, accept)
	}
	content := a.Object.Content(visible[0].Content)
	if content == nil || content.LeftOut {
		return fmt.Errorf("httpapi: the answer about %q in %q lacks the content of %s", o.key, o.bucket, visible[0].Dot)
	}
	switch chooseForm(accept, content.Type) {
	case formDocument:
		return o.sendObject(200, a)
	case formRaw:
		return o.sendValue(content)
	}
	return refusal(codeNotAcceptable, "the value is %s; it can be had as that, or as %s", show(content.Type), document.TypeObject)
}

// sendSiblings answers with several values. Who only takes parts gets none yet; everybody else gets the
// document: a conflict that a client cannot see is worse than a media type that it did not name.
func (o *objectExchange) sendSiblings(a node.Answer, accept []string) error {
	if wantsDocument(accept) {
		return o.sendObject(200, a)
	}
	ranges := parseAccept(accept)
	_, parts := quality(ranges, "multipart/mixed")
	if doc, _ := quality(ranges, document.TypeObject); parts && doc == 0 {
		return refusal(codeNotAcceptable, "siblings cannot be had as multipart/mixed yet; they can be had as %s", document.TypeObject)
	}
	return o.sendObject(300, a)
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
	d, err := objectDocument(o.view, o.sealer, o.bucket, o.key, a)
	if err != nil {
		return err
	}
	return o.sendDocument(status, document.TypeObject, d)
}

// objectDocument builds the document; the same object gives the same one on every node.
func objectDocument(view *node.View, sealer *clock.Sealer, bucket, key string, a node.Answer) (document.Object, error) {
	d := document.Object{
		Bucket: names.EncodeBucket(bucket), Key: names.EncodeKey(key),
		Siblings: []document.Sibling{},
	}
	if !a.Seen.IsEmpty() {
		d.Context = sealer.Seal(bucket, key, a.Seen)
	}
	for _, v := range a.Object.Versions.Visible() {
		c := a.Object.Content(v.Content)
		if c == nil || c.LeftOut {
			return document.Object{}, fmt.Errorf("httpapi: the answer about %q in %q lacks the content of %s", key, bucket, v.Dot)
		}
		s := document.Sibling{
			ID: v.Dot.String(), Node: view.NameOf(nodeID(v.Coordinator)), ContentType: c.Type, ContentEncoding: c.Encoding,
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
