package strict

import (
	"bytes"
	"strconv"
	"strings"
)

// head collects one request's head, line by line, and what its framing is.
type head struct {
	limits *Limits

	method  string
	target  string
	oldHTTP bool   // HTTP/1.0
	out     []byte // what the parser is given

	fields     int
	hosts      int
	types      int
	length     int64 // Content-Length; -1 without one
	chunked    bool
	expects100 bool
}

// begin makes the head ready for a new request; the memory of out is used again.
func (h *head) begin(limits *Limits) {
	*h = head{limits: limits, out: h.out[:0], length: -1}
}

// requestLine takes the first line, without its line end.
func (h *head) requestLine(line []byte) *Fault {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, found := bytes.Cut(rest, []byte(" "))
	switch {
	case !isToken(method):
		return malformed("the request does not begin with a method: is this HTTP/1.1?")
	case !found:
		return malformed("the request line has no HTTP version: HTTP/1.1 is spoken here")
	}
	h.method = string(method)
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.oldHTTP = true
	default:
		return malformed("the request line names an HTTP version that is not spoken here: HTTP/1.1 is, and HTTP/1.0")
	}
	if len(target) == 0 {
		return malformed("the request target is empty")
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f || c == '#' {
			return malformed("the request target holds a control character, a space or a '#': percent-encode it")
		}
	}
	h.target = string(target)
	h.out = appendLine(h.out, line)
	return nil
}

// field takes one line of the header block, without its line end.
func (h *head) field(line []byte) *Fault {
	if h.fields++; h.fields > h.limits.FieldsMax {
		return &Fault{Kind: FieldsTooLarge, Detail: "more than " + strconv.Itoa(h.limits.FieldsMax) + " header fields"}
	}
	name, value, fault := splitField(line)
	if fault != nil {
		return fault
	}
	switch {
	case is(name, "host"):
		return h.host(line, value)
	case is(name, "content-length"):
		return h.contentLength(value)
	case is(name, "transfer-encoding"):
		return h.transferEncoding(value)
	case is(name, "expect"):
		return h.expect(value)
	case is(name, "content-type"):
		if h.types++; h.types > 1 {
			return malformed("two Content-Type fields") // the parser would keep one of them
		}
	case is(name, "connection"):
		h.connection(line, value)
		return nil
	case is(name, "trailer"), is(name, "te"), is(name, "keep-alive"), is(name, "proxy-connection"):
		return nil // hop by hop, and of no interest behind this hop
	}
	h.out = appendLine(h.out, line)
	return nil
}

// splitField parts a field line into name and value; the value has the blanks around it taken off.
func splitField(line []byte) (name, value []byte, fault *Fault) {
	if line[0] == ' ' || line[0] == '\t' {
		return nil, nil, malformed("a header field is continued on a second line, which HTTP no longer allows")
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || !isToken(name) {
		return nil, nil, malformed("a line of the header block is no field: name, colon, value are wanted, without a space before the colon")
	}
	value = bytes.Trim(value, " \t")
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, nil, malformed("a header field's value holds a control character")
		}
	}
	return name, value, nil
}

func (h *head) host(line, value []byte) *Fault {
	if h.hosts++; h.hosts > 1 {
		return malformed("two Host fields")
	}
	if len(value) == 0 || bytes.ContainsFunc(value, func(r rune) bool {
		return r >= 0x7f || !isAlphanumeric(byte(r)) && !strings.ContainsRune("-._~!$&'()*+,;=:[]%", r)
	}) {
		return malformed("the Host field names no host")
	}
	h.out = appendLine(h.out, line)
	return nil
}

func (h *head) contentLength(value []byte) *Fault {
	if h.length >= 0 {
		return malformed("two Content-Length fields")
	}
	n, err := strconv.ParseUint(string(value), 10, 62)
	if err != nil {
		return malformed("the Content-Length field is no number of bytes")
	}
	h.length = int64(n)
	return nil
}

func (h *head) transferEncoding(value []byte) *Fault {
	switch {
	case h.chunked:
		return malformed("two Transfer-Encoding fields")
	case !is(value, "chunked"):
		return malformed("the Transfer-Encoding is none that is spoken here: chunked is")
	case h.oldHTTP:
		return malformed("Transfer-Encoding in a request of HTTP/1.0")
	}
	h.chunked = true
	return nil
}

func (h *head) expect(value []byte) *Fault {
	if !is(value, "100-continue") {
		return malformed("the Expect field asks for something other than 100-continue")
	}
	h.expects100 = !h.oldHTTP
	return nil
}

// connection passes the field on, in the one spelling of close that the parser knows.
func (h *head) connection(line, value []byte) {
	for option := range bytes.SplitSeq(value, []byte(",")) {
		if is(bytes.Trim(option, " \t"), "close") {
			line = []byte("Connection: close")
		}
	}
	h.out = appendLine(h.out, line)
}

// end takes the empty line that ends the head, and judges the whole.
func (h *head) end() *Fault {
	switch {
	case h.hosts == 0 && !h.oldHTTP:
		return malformed("no Host field")
	case h.chunked && h.length >= 0:
		return malformed("both Content-Length and Transfer-Encoding: where the body ends is in doubt")
	}
	h.out = appendLine(h.out, nil)
	return nil
}

func appendLine(dst, line []byte) []byte { return append(append(dst, line...), '\r', '\n') }

// is compares without regard to case; want is in lower case.
func is(b []byte, want string) bool { return len(b) == len(want) && strings.EqualFold(string(b), want) }

func isToken(b []byte) bool {
	for _, c := range b {
		if !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
