package client

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
)

// Options are what every operation takes. The zero value leaves all to the bucket.
type Options struct {
	// How many replicas are to answer: a number, "one", "quorum" or "all"; "" is the bucket's own.
	R, W, PR, PW, DW string
	// NoSloppy forbids fallbacks.
	NoSloppy bool
	// Timeout is the server's for the operation, 1 ms to 60 s; 0 leaves it to the server (5 s).
	Timeout time.Duration
	// Header holds further headers to send.
	Header http.Header
}

// GetOptions are what a read takes.
type GetOptions struct {
	Options
	// Context asks for at least what it covers; several tokens may be joined by commas. Covers in the reply
	// says whether the answer does.
	Context string
	// IfNoneMatch is an ETag as a reply gave it: an object that still has it comes back as NotModified.
	IfNoneMatch string
	// Document asks for the object document even where a single value stands, so that the sibling's id, node
	// and exact time are known. Without it a single value travels as its raw bytes.
	Document bool
}

// PutOptions are what a write takes.
type PutOptions struct {
	Options
	// Context is what the writer has seen of the key; several tokens may be joined by commas.
	Context string
	// ContentType is stored and returned; "" is application/octet-stream. ContentEncoding likewise.
	ContentType, ContentEncoding string
	// Metadata is stored and returned; names are lower-case.
	Metadata map[string]string
	// IfMatch is an ETag as a reply gave it: the write happens only while the key still has it.
	IfMatch string
	// IfAbsent lets the write happen only where no value stands.
	IfAbsent bool
	// ReturnObject asks for the object as it stands after the write.
	ReturnObject bool
}

func (o Options) query() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	add("r", o.R)
	add("w", o.W)
	add("pr", o.PR)
	add("pw", o.PW)
	add("dw", o.DW)
	if o.NoSloppy {
		add("sloppy", "false")
	}
	if o.Timeout != 0 {
		add("timeout", o.Timeout.String())
	}
	return strings.Join(parts, "&")
}

func (o PutOptions) query() string {
	q := o.Options.query()
	if !o.ReturnObject {
		return q
	}
	return strings.TrimPrefix(q+"&return=object", "&")
}

func (o Options) header() http.Header {
	h := o.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	return h
}

func (o GetOptions) header() http.Header {
	h := o.Options.header()
	set(h, "Causal-Context", o.Context)
	set(h, "If-None-Match", o.IfNoneMatch)
	if o.Document {
		h.Set("Accept", document.TypeObject)
	}
	return h
}

func (o PutOptions) header() http.Header {
	h := o.Options.header()
	set(h, "Causal-Context", o.Context)
	set(h, "Content-Type", o.ContentType)
	set(h, "Content-Encoding", o.ContentEncoding)
	set(h, "If-Match", o.IfMatch)
	if o.IfAbsent {
		h.Set("If-None-Match", "*")
	}
	for name, value := range o.Metadata {
		h.Set("Meta-"+name, value)
	}
	return h
}

func set(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}
