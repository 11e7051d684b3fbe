package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

func TestAProblemSaysWhatAProgramNeedsToAct(t *testing.T) {
	var next atomic.Pointer[error]
	w := start(t, nil)
	w.backend.Before = func(context.Context, string) error { return *next.Load() }
	var out strings.Builder
	for _, c := range []struct {
		name string
		err  error
	}{
		{"no quorum, nothing written", &node.Error{Code: node.CodeQuorumUnavailable, Effect: node.NotApplied, Need: 2, Got: 1, Detail: "2 of the key's nodes are wanted and 1 is there"}},
		{"no quorum, perhaps written", &node.Error{Code: node.CodeQuorumUnavailable, Effect: node.Unknown, Need: 2, Got: 1, Detail: "1 of 2 nodes has it"}},
		{"too slow", &node.Error{Code: node.CodeTimeout, Effect: node.Unknown, Need: 2, Got: 0, Detail: "2 answers were wanted within 5s"}},
		{"the disk is full", &node.Error{Code: node.CodeDiskFull, Effect: node.NotApplied, Detail: "make room"}},
		{"too many siblings", &node.Error{Code: node.CodeTooManySiblings, Effect: node.NotApplied, Detail: "merge"}},
		{"too large together", &node.Error{Code: node.CodeObjectTooLarge, Effect: node.NotApplied, Detail: "merge"}},
		{"overloaded", &node.Error{Code: node.CodeOverloaded, Effect: node.NotApplied, Detail: "later"}},
		{"out of range", &node.Error{Code: node.CodeInvalidParameter, Effect: node.NotApplied, Detail: "w=3 is out of range"}},
		{"an error of the node's own", &node.Error{Code: node.CodeInternal, Effect: node.Unknown, Detail: "a path on our disk", Cause: errors.New("secret")}},
		{"a code that nobody knows", &node.Error{Code: "odd", Effect: node.NotApplied, Detail: "secret"}},
		{"an error that was wrapped", fmt.Errorf("secret: %w", &node.Error{Code: node.CodeDraining, Effect: node.NotApplied, Detail: "ask another"})},
		{"an error of another kind", errors.New("secret")},
	} {
		next.Store(&c.err)
		for _, method := range []string{"GET", "PUT"} {
			r := w.do(method, "/kv/my%20carts/a/b", "v")
			if method == "GET" {
				r = w.do(method, "/kv/my%20carts/a/b", "")
			}
			if strings.Contains(string(r.body), "secret") || strings.Contains(string(r.body), "our disk") {
				t.Errorf("%s: the answer tells what is nobody's business: %s", c.name, r.body)
			}
			if r.Header.Get("Causal-Context") != "" {
				t.Errorf("%s: an error gives out a context", c.name)
			}
			fmt.Fprintf(&out, "# %s, %s\n%d Retry-After=%q\n%s\n", c.name, method, r.StatusCode, r.Header.Get("Retry-After"), r.body)
		}
	}
	golden(t, "problems.txt", out.String())
}

func TestTheTypeOfAProblemLeadsToATextOnBothListeners(t *testing.T) {
	w := start(t, nil)
	p := w.wantProblem(400, "invalid-parameter", w.do("GET", "/kv/b/k?r=9", ""))
	for _, addr := range []string{w.data, w.admin} {
		r := w.want(200, w.doAt(addr, "GET", p.Type, ""))
		if !strings.HasPrefix(string(r.body), "invalid-parameter (HTTP status 400)\nA parameter cannot be understood.\n\n") ||
			!strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %v %s", p.Type, r.Header, r.body)
		}
		p := wantProblem(t, 404, "not-found", w.doAt(addr, "GET", "/errors/none", ""))
		if !strings.Contains(p.Detail, "there is no error none") {
			t.Errorf("a code that does not exist: %s", p.Detail)
		}
	}
}

func TestWritesGoOnWhenTheDiskHasRoomAgain(t *testing.T) {
	var full atomic.Bool
	w := start(t, nil)
	w.backend.Before = func(_ context.Context, method string) error {
		if method == "Put" && full.Load() {
			return &node.Error{Code: node.CodeDiskFull, Effect: node.NotApplied, Detail: "the disk has too little room for writes; reads go on"}
		}
		return nil
	}
	w.put("/kv/b/k", "before")
	full.Store(true)
	p := w.wantProblem(507, "disk-full", w.do("PUT", "/kv/b/k", "refused"))
	if p.Outcome != document.OutcomeNotApplied {
		t.Errorf("outcome %q", p.Outcome)
	}
	w.wantProblem(507, "disk-full", w.do("DELETE", "/kv/b/k", ""))
	if got := w.values("/kv/b/k"); got != "before" {
		t.Errorf("the key holds %q", got)
	}
	full.Store(false)
	w.put("/kv/b/k", "after")
}

func TestEveryAnswerHasTypeAndLength(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v")
	w.put("/kv/b/two", "v")
	w.put("/kv/b/two", "w")
	for _, c := range []struct{ addr, method, target string }{
		{w.data, "GET", "/kv/b/k"}, {w.data, "HEAD", "/kv/b/k"}, {w.data, "GET", "/kv/b/two"}, {w.data, "GET", "/kv/b/none"},
		{w.data, "POST", "/kv/b"}, {w.data, "GET", "/kv/b/k?explain=true"}, {w.data, "GET", "/nowhere"}, {w.data, "GET", "/kv"},
		{w.data, "PATCH", "/kv/b/k"}, {w.data, "GET", "/livez"}, {w.data, "GET", "/readyz"}, {w.data, "GET", "/version"},
		{w.admin, "GET", "/admin/cluster"}, {w.admin, "GET", "/admin/layout"}, {w.admin, "GET", "/admin/buckets"},
		{w.admin, "GET", "/admin/buckets/b"}, {w.admin, "GET", "/admin/where/b/k"}, {w.admin, "GET", "/metrics"},
		{w.admin, "GET", "/openapi.json"}, {w.admin, "GET", "/"}, {w.admin, "GET", "/ui"}, {w.data, "GET", "/errors/timeout"}, {w.admin, "GET", "/ui/"}, {w.admin, "GET", "/ui/app.js"}, {w.admin, "GET", "/ui/style.css"},
	} {
		r := w.doAt(c.addr, c.method, c.target, "")
		if r.Header.Get("Content-Type") == "" || r.Header.Get("Content-Length") == "" {
			t.Errorf("%s %s: %d, %v", c.method, c.target, r.StatusCode, r.Header)
		}
	}
}

func TestPathsThatLeadNowhereAre404(t *testing.T) {
	w := start(t, nil)
	for _, target := range []string{"/", "/kv", "/KV/b/k", "/kvb/k", "/%6bv/b/k", "/admin/cluster", "/metrics", "/buckets", "/types", "/riak", "/ping", "/stats", "/livez/", "/readyz/x", "//kv/b/k"} {
		w.wantProblem(404, "not-found", w.do("GET", target, ""))
	}
	for _, target := range []string{"/kv/b/k", "/admin", "/admin/", "/admin/buckets/a/b", "/admin/buckets/", "/admin/where/b", "/admin/layout/stage", "/ui/../server.go", "/ui/none", "/debug/pprof/"} {
		r := w.doAt(w.admin, "GET", target, "")
		if r.StatusCode != 404 {
			t.Errorf("%s: %d %s", target, r.StatusCode, r.body)
		}
	}
}
