package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kindreddb/kindred/httpapi/document"
)

// What became of a write that failed. A read has no outcome.
const (
	OutcomeNotApplied = document.OutcomeNotApplied
	OutcomeUnknown    = document.OutcomeUnknown
)

// Codes of failures that no server told of.
const (
	CodeUnreachable    = "unreachable"      // no connection: nothing was sent
	CodeInvalidRequest = "invalid-request"  // it cannot be sent, to any node: a header is none
	CodeConnectionLost = "connection-lost"  // no whole answer came: the request may have been carried out
	CodeMalformed      = "malformed-answer" // an answer that this client does not understand
)

// Error is every failure of a call.
type Error struct {
	// Status is the HTTP status, 0 where no server answered.
	Status int
	// Code is the problem's, for example "quorum-unavailable", or one of the codes of this package.
	Code, Title, Detail, Instance string
	// Needed and Got count replicas, where too few of them are the matter.
	Needed, Got int
	// Retryable says that the same request may succeed later or at another node and does no harm there.
	Retryable bool
	// Outcome is what became of a write: OutcomeNotApplied or OutcomeUnknown; "" for reads.
	Outcome string
	// Node is the address that was asked.
	Node string
	// Err is the cause where no server answered.
	Err error
}

// Error gives the address, the code and the detail.
func (e *Error) Error() string {
	s := e.Node + ": " + e.Code
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsCode says whether the error is a call's failure with that code.
func IsCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// IsUnreachable says whether no server answered at all.
func IsUnreachable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == 0 && e.Code != CodeMalformed && e.Code != CodeInvalidRequest
}

// problemError reads the problem document of an answer. What is none still has a status.
func problemError(a *answer, r request) error {
	e := &Error{Status: a.status, Node: a.node, Title: http.StatusText(a.status), Code: "http-" + fmt.Sprint(a.status)}
	var p document.Problem
	if strings.HasPrefix(a.header.Get("Content-Type"), problemPrefix) && json.Unmarshal(a.body, &p) == nil && p.Code != "" {
		e.Code, e.Title, e.Detail, e.Instance = p.Code, p.Title, p.Detail, p.Instance
		e.Retryable, e.Outcome = p.Retryable, p.Outcome
		if p.Needed != nil {
			e.Needed = *p.Needed
		}
		if p.Got != nil {
			e.Got = *p.Got
		}
	}
	switch {
	case !r.writes:
		e.Outcome = ""
	case e.Outcome == "" && a.status < 500:
		e.Outcome = OutcomeNotApplied
	case e.Outcome == "":
		e.Outcome = OutcomeUnknown
	}
	return e
}

// transportError is the failure of a call that no server answered. A write is known not to have happened
// only while there was no connection.
func transportError(node string, r request, err error, connected bool) error {
	e := &Error{Code: CodeUnreachable, Node: node, Err: cause(err), Retryable: true}
	if connected {
		e.Code = CodeConnectionLost
	}
	e.Detail = e.Err.Error()
	if r.writes {
		e.Outcome = OutcomeNotApplied
		if connected {
			e.Outcome, e.Retryable = OutcomeUnknown, false
		}
	}
	return e
}

// invalidRequest is the failure of a request that was never sent, because it is none.
func invalidRequest(node string, r request, err error) error {
	e := &Error{Code: CodeInvalidRequest, Detail: err.Error(), Node: node, Err: err}
	if r.writes {
		e.Outcome = OutcomeNotApplied
	}
	return e
}

// cause takes off the layer that repeats method and URL: the key in it is nobody's concern in a log.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// malformed is the failure of an answer that cannot be understood. What it answered has happened.
func (a *answer) malformed(r request, err error) error {
	e := &Error{Status: a.status, Code: CodeMalformed, Detail: err.Error(), Node: a.node, Err: err}
	if r.writes {
		e.Outcome = OutcomeUnknown
	}
	return e
}
