package httpapi

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
	"github.com/valyala/fasthttp"
)

// Codes of what can be wrong with a request before a node ever hears of it.
const (
	codeInvalidName      node.Code = "invalid-name"
	codeInvalidContext   node.Code = "invalid-context"
	codeBadRequest       node.Code = "bad-request"
	codeForbidden        node.Code = "forbidden"
	codeNotFound         node.Code = "not-found"
	codeMethodNotAllowed node.Code = "method-not-allowed"
	codeNotAcceptable    node.Code = "not-acceptable"
	codeBodyTimeout      node.Code = "body-timeout"
	codeLengthRequired   node.Code = "length-required"
	codeTargetTooLong    node.Code = "target-too-long"
	codeHeadersTooLarge  node.Code = "headers-too-large"
)

// problemKind is how a code is answered.
type problemKind struct {
	status int
	title  string
	// retryable: the same request may succeed later or elsewhere, provided that it did not take effect.
	retryable bool
	// retryAfter, in seconds, is sent along where it is not 0.
	retryAfter int
}

// problems is the one table from codes to answers.
var problems = map[node.Code]problemKind{
	codeInvalidName:             {status: 400, title: "The bucket or key is no name"},
	node.CodeInvalidParameter:   {status: 400, title: "A parameter cannot be understood"},
	codeInvalidContext:          {status: 400, title: "The causal context is not one that this cluster gave out for this key"},
	codeBadRequest:              {status: 400, title: "The request cannot be understood"},
	codeForbidden:               {status: 403, title: "Not allowed"},
	codeNotFound:                {status: 404, title: "Not found"},
	codeMethodNotAllowed:        {status: 405, title: "The method is not allowed here"},
	codeNotAcceptable:           {status: 406, title: "Nothing that the Accept header names can be given"},
	codeBodyTimeout:             {status: 408, title: "The body stopped arriving", retryable: true},
	node.CodeTooManySiblings:    {status: 409, title: "Too many siblings"},
	node.CodeObjectTooLarge:     {status: 409, title: "The siblings together are too large"},
	node.CodeBucketInUse:        {status: 409, title: "The bucket holds data under another n"},
	codeLengthRequired:          {status: 411, title: "The length of the body is missing"},
	node.CodePreconditionFailed: {status: 412, title: "The condition does not hold"},
	node.CodeValueTooLarge:      {status: 413, title: "The value is too large"},
	codeTargetTooLong:           {status: 414, title: "The request target is too long"},
	codeHeadersTooLarge:         {status: 431, title: "The header block is too large"},
	node.CodeInternal:           {status: 500, title: "Internal error"},
	node.CodeOverloaded:         {status: 503, title: "Overloaded", retryable: true, retryAfter: 1},
	node.CodeDraining:           {status: 503, title: "This node is shutting down", retryable: true, retryAfter: 1},
	node.CodeNotReady:           {status: 503, title: "This node is not ready", retryable: true, retryAfter: 1},
	node.CodeQuorumUnavailable:  {status: 503, title: "Too few of the key's nodes are there", retryable: true, retryAfter: 1},
	node.CodeTimeout:            {status: 504, title: "Too few of the key's nodes answered in time", retryable: true},
	node.CodeDiskFull:           {status: 507, title: "The disk is too full for writes"},
}

// refusal is an error of a request that took no effect.
func refusal(code node.Code, format string, args ...any) *node.Error {
	return &node.Error{Code: code, Effect: node.NotApplied, Detail: fmt.Sprintf(format, args...)}
}

// notApplied says of an error that came before anything was tried that nothing was.
func notApplied(err error) error {
	var e *node.Error
	if !errors.As(err, &e) {
		return err
	}
	sure := *e
	sure.Effect = node.NotApplied
	return &sure
}

// toProblem turns an error into its document. Whether the request was a write is for the caller to say. The
// detail of an error that was not made for clients is left out.
func toProblem(err error, isWrite bool, instance string) document.Problem {
	var e *node.Error
	if !errors.As(err, &e) {
		e = &node.Error{Code: node.CodeInternal}
	}
	kind, known := problems[e.Code]
	if !known {
		e = &node.Error{Code: node.CodeInternal, Effect: e.Effect}
		kind = problems[e.Code]
	}
	p := document.Problem{
		Type: errorsPath + string(e.Code), Title: kind.title, Status: kind.status, Detail: e.Detail,
		Instance: instance, Code: string(e.Code), Retryable: kind.retryable,
	}
	switch e.Code {
	case node.CodeInternal:
		p.Detail = "the log of the node that answered has the details"
	case node.CodeQuorumUnavailable, node.CodeTimeout:
		p.Needed, p.Got = &e.Need, &e.Got
	}
	if isWrite {
		p.Outcome = document.OutcomeNotApplied
		if e.Effect == node.Unknown || e.Effect == node.NoEffect && kind.status >= 500 {
			p.Outcome, p.Retryable = document.OutcomeUnknown, false
		}
	}
	return p
}

// writeProblem makes the problem the response. Headers that were set before stay.
func writeProblem(resp *fasthttp.Response, p document.Problem) {
	body, err := document.Encode(p)
	if err != nil {
		body = []byte("{}") // a struct of strings and numbers always can be encoded
	}
	resp.SetStatusCode(p.Status)
	resp.Header.SetContentType(document.TypeProblem)
	if s := problems[node.Code(p.Code)].retryAfter; s > 0 {
		resp.Header.Set("Retry-After", strconv.Itoa(s))
	}
	resp.SetBodyRaw(body)
}

// rawProblem is a whole answer, status line and all, for a connection that ends with it.
func rawProblem(p document.Problem) []byte {
	var resp fasthttp.Response
	resp.Header.SetNoDefaultContentType(true)
	writeProblem(&resp, p)
	resp.SetConnectionClose()
	return []byte(resp.String())
}
