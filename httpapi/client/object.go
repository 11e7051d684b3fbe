package client

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
)

// Object is a key as an answer told of it. It is the caller's own.
type Object struct {
	Reply
	Bucket, Key string
	// Siblings are the values that stand, ordered by id. After a write they are there only where the write
	// asked for them; Reply.Standing counts them in any case.
	Siblings []Sibling
}

// NotModified says that the key still has the ETag that IfNoneMatch named.
func (o *Object) NotModified() bool { return o.Status == http.StatusNotModified }

// Sibling is one value of a key. ID and Node are known from object documents only; LastModified comes with
// milliseconds from a document and with whole seconds without.
type Sibling struct {
	ID, Node                     string
	Value                        []byte
	ContentType, ContentEncoding string
	LastModified                 time.Time
	Metadata                     map[string]string
}

// Reply is what every answer about an object says beside its values.
type Reply struct {
	Status int
	// Context is what the client has now seen; "" where the answer gives none.
	Context string
	// Standing counts the values that now stand; -1 where the answer does not say.
	Standing int
	// ETag names the set of values, quotes included; "" where none stands or none was shown.
	ETag string
	// LastModified is the wall time of the newest value, in whole seconds.
	LastModified time.Time
	// Quorum says who had really answered.
	Quorum Quorum
	// Coordinator is the name of the node that did the work, Hinted those of nodes that a hint is kept for.
	Coordinator string
	Hinted      []string
	// Covers is "yes" or "no" where a read named a context: whether the answer covers it.
	Covers string
	// Node is the address that answered.
	Node string
}

// Quorum counts answers: different nodes at different places of the key's preference list.
type Quorum struct {
	N int // replicas that the key should have
	// Total counts acks of a write or answers to a read.
	Total, Primary, Fallback int
	Durable                  int // acks of a write that rest on disk
}

// readObject makes an Object of an answer that was no error. Whether the body is the object document is for
// the caller to say: a value may itself have been stored under the document's media type.
func readObject(a *answer, bucket, key string, isDocument bool) (*Object, error) {
	o := &Object{Reply: a.reply(), Bucket: bucket, Key: key}
	switch {
	case a.status == http.StatusNoContent, a.status == http.StatusNotModified:
		return o, nil
	case isDocument:
		return o, o.readDocument(a)
	case a.status == http.StatusCreated:
		return o, nil
	}
	o.Siblings = []Sibling{{
		Value:           a.body,
		ContentType:     a.header.Get("Content-Type"),
		ContentEncoding: a.header.Get("Content-Encoding"),
		LastModified:    o.LastModified,
		Metadata:        metadata(a.header),
	}}
	return o, nil
}

func (o *Object) readDocument(a *answer) error {
	var d document.Object
	if err := json.Unmarshal(a.body, &d); err != nil {
		return a.malformed(request{}, err)
	}
	for _, s := range d.Siblings {
		value, err := s.Bytes()
		if err != nil {
			return a.malformed(request{}, err)
		}
		at, err := document.ParseTime(s.LastModified)
		if err != nil {
			return a.malformed(request{}, err)
		}
		o.Siblings = append(o.Siblings, Sibling{
			ID: s.ID, Node: s.Node, Value: value, ContentType: s.ContentType,
			ContentEncoding: s.ContentEncoding, LastModified: at, Metadata: s.Metadata,
		})
	}
	return nil
}

func metadata(h http.Header) map[string]string {
	m := map[string]string{}
	for name, values := range h {
		if meta, found := strings.CutPrefix(strings.ToLower(name), "meta-"); found {
			m[meta] = strings.Join(values, ", ")
		}
	}
	return m
}

// reply reads the headers that every answer about an object has.
func (a *answer) reply() Reply {
	r := Reply{
		Status:      a.status,
		Context:     a.header.Get("Causal-Context"),
		Standing:    -1,
		ETag:        a.header.Get("ETag"),
		Quorum:      parseQuorum(a.header.Get("Quorum")),
		Coordinator: a.header.Get("Coordinator"),
		Covers:      a.header.Get("Covers-Context"),
		Node:        a.node,
	}
	if n, err := strconv.Atoi(a.header.Get("Siblings")); err == nil {
		r.Standing = n
	}
	if t, err := http.ParseTime(a.header.Get("Last-Modified")); err == nil {
		r.LastModified = t
	}
	if hinted := a.header.Get("Hinted"); hinted != "" {
		r.Hinted = strings.Split(hinted, ", ")
	}
	return r
}

// parseQuorum reads "n=3, acks=2, primary=2, fallback=0, durable=2"; what it does not know it leaves out.
func parseQuorum(s string) Quorum {
	var q Quorum
	fields := map[string]*int{
		"n": &q.N, "acks": &q.Total, "answers": &q.Total,
		"primary": &q.Primary, "fallback": &q.Fallback, "durable": &q.Durable,
	}
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if field := fields[name]; field != nil {
			*field, _ = strconv.Atoi(value)
		}
	}
	return q
}
