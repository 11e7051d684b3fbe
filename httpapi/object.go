package httpapi

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
)

// objectExchange is an exchange about one key.
type objectExchange struct {
	*exchange
	params
	bucket, key string
	view        *node.View
	sealer      *clock.Sealer
}

// openObject resolves what every request for a key begins with: its names, a node that can coordinate, and
// the parameters.
func (x *exchange) openObject(bucket, key string) (*objectExchange, error) {
	o := &objectExchange{exchange: x, bucket: bucket, key: key}
	x.instance = "/kv/" + names.Join(bucket, key)
	if err := x.server.Backend.Ready(); err != nil {
		return nil, notApplied(err)
	}
	o.view = x.server.Backend.View()
	var err error
	if o.sealer, err = x.server.sealers.of(o.view); err != nil {
		return nil, err
	}
	o.params, err = parseParams(x.query, o.view.Bucket(bucket).N, x.writes)
	return o, err
}

// openKey reads bucket and key from the path.
func (x *exchange) openKey() (*objectExchange, error) {
	bucket, key, err := x.splitNames()
	if err != nil {
		return nil, err
	}
	return x.openObject(bucket, key)
}

// splitNames reads bucket and key from what stands behind the route's prefix.
func (x *exchange) splitNames() (bucket, key string, err error) {
	bucket, key, err = names.Split(x.rest)
	if err != nil {
		return "", "", refusal(codeInvalidName, "%v", err)
	}
	return bucket, key, nil
}

// getObject answers GET and HEAD /kv/{bucket}/{key}.
func (s *Server) getObject(x *exchange) error {
	o, err := x.openKey()
	if err != nil {
		return err
	}
	if o.explain {
		return s.explainObject(o)
	}
	r := node.GetRequest{Bucket: o.bucket, Key: o.key, Options: o.options}
	if r.AtLeast, r.HasAtLeast, err = o.seen(); err != nil {
		return err
	}
	conditions, err := o.readConditions()
	if err != nil {
		return err
	}
	ctx, cancel := x.context(o.timeout)
	defer cancel()
	a, err := s.Backend.Get(ctx, r)
	if err != nil {
		return err
	}
	o.setAnswer(a, "answers")
	x.set("Vary", "Accept")
	if r.HasAtLeast {
		x.set("Covers-Context", yesNo(a.Covers))
	}
	return o.sendRead(a, conditions)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// putObject answers PUT /kv/{bucket}/{key}.
func (s *Server) putObject(x *exchange) error {
	o, err := x.openKey()
	if err != nil {
		return err
	}
	return o.write(204, true)
}

// createObject answers POST /kv/{bucket}: a put under a key of the server's choice.
func (s *Server) createObject(x *exchange) error {
	bucket, err := names.Bucket(x.rest)
	if err != nil {
		return refusal(codeInvalidName, "%v", err)
	}
	o, err := x.openObject(bucket, newKey())
	if err != nil {
		return err
	}
	if err := o.write(201, true); err != nil {
		return err
	}
	x.set("Location", "/kv/"+names.Join(o.bucket, o.key))
	if o.returnObject {
		return nil
	}
	return x.sendDocument(201, document.TypeJSON, document.Created{Bucket: names.EncodeBucket(o.bucket), Key: names.EncodeKey(o.key)})
}

// newKey draws a key that nobody else will draw: 128 random bits.
func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// deleteObject answers DELETE /kv/{bucket}/{key}.
func (s *Server) deleteObject(x *exchange) error {
	o, err := x.openKey()
	if err != nil {
		return err
	}
	return o.write(204, false)
}

// write carries out a put, or a deletion where there is no content, and answers with the status or the
// object.
func (o *objectExchange) write(status int, hasContent bool) error {
	r := node.PutRequest{Bucket: o.bucket, Key: o.key, ReturnObject: o.returnObject, Options: o.options}
	var err error
	if r.Seen, r.HasSeen, err = o.seen(); err != nil {
		return err
	}
	if err := o.writeConditions(&r); err != nil {
		return err
	}
	if hasContent {
		if r.Content, err = o.readContent(); err != nil {
			return err
		}
	}
	ctx, cancel := o.context(o.timeout)
	defer cancel()
	a, err := o.server.Backend.Put(ctx, r)
	if err != nil {
		return err
	}
	o.setAnswer(a, "acks")
	if hasContent {
		o.server.noteSiblings(o.instance, a.Siblings)
	}
	if !o.returnObject {
		o.response().SetStatusCode(status)
		return nil
	}
	if status == 204 {
		status = 200
	}
	o.setVisible(a.Object)
	return o.sendObject(status, a)
}

// explainObject answers GET with explain=true.
func (s *Server) explainObject(o *objectExchange) error {
	ctx, cancel := o.context(o.timeout)
	defer cancel()
	a, err := s.Backend.Explain(ctx, o.bucket, o.key)
	if err != nil {
		return err
	}
	return o.sendDocument(200, document.TypeJSON, accountDocument(o.view, o.bucket, o.key, a))
}

// errNotThere is the answer to a read of a key without a value.
func (o *objectExchange) errNotThere(a node.Answer) error {
	if a.Object.IsEmpty() {
		return refusal(codeNotFound, "nothing was ever written under this key, as far as the nodes that answered know")
	}
	return refusal(codeNotFound, "the value was deleted; the Causal-Context of this answer lets a PUT replace the deletion")
}
