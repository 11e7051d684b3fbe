package httpapi_test

import (
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
)

func TestMalformedConditionsAre400(t *testing.T) {
	w := start(t, nil)
	etag := strings.Repeat("0", 32)
	for _, c := range []struct{ name, method, field, value string }{
		{"a tag without quotes", "PUT", "If-Match", etag},
		{"a tag with one quote", "PUT", "If-Match", `"` + etag},
		{"a tag with a blank in it", "PUT", "If-Match", `"a b"`},
		{"something behind a tag", "PUT", "If-Match", `"a" b`},
		{"nothing", "PUT", "If-Match", " , "},
		{"any state", "PUT", "If-Match", "*"},
		{"two states", "PUT", "If-Match", `"a", "b"`},
		{"a star among tags", "PUT", "If-Match", `"a", *`},
		{"a weak sign in lower case", "GET", "If-None-Match", `w/"a"`},
		{"a tag without quotes on a read", "GET", "If-None-Match", etag},
		{"a tag where only a star has meaning", "PUT", "If-None-Match", `"a"`},
		{"a tag where only a star has meaning, on a delete", "DELETE", "If-None-Match", `"a"`},
		{"a wall clock", "PUT", "If-Unmodified-Since", "Sat, 21 Nov 2026 10:00:00 GMT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, 400, "bad-request", w.do(c.method, "/kv/b/k", "", c.field, c.value))
		})
	}
	wantProblem(t, 400, "bad-request", w.do("PUT", "/kv/b/k", "", "If-Match", `"`+etag+`"`, "If-None-Match", "*"))
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

func TestCreateOnly(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "first", "If-None-Match", "*")
	p := w.wantProblem(412, "precondition-failed", w.do("PUT", "/kv/b/k", "second", "If-None-Match", "*"))
	if p.Outcome != "not_applied" || p.Retryable {
		t.Errorf("%+v", p)
	}
	w.want(204, w.do("DELETE", "/kv/b/k", ""))
	w.put("/kv/b/k", "third", "If-None-Match", " * ")
}

func TestAWriteOnTheStateThatItNames(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "one")
	w.put("/kv/b/k", "two")
	etag := w.do("GET", "/kv/b/k", "").Header.Get("ETag")
	if len(etag) != 34 || etag[0] != '"' {
		t.Fatalf("ETag: %s", etag)
	}
	w.put("/kv/b/k", "both merged", "If-Match", etag)
	if got := w.values("/kv/b/k"); got != "both merged" {
		t.Errorf("If-Match did not act as the context of the state: %q", got)
	}
	for _, stale := range []string{etag, `"not one of ours"`, "W/" + w.do("GET", "/kv/b/k", "").Header.Get("ETag"), `""`} {
		if strings.Contains(stale, " ") {
			stale = strings.ReplaceAll(stale, " ", "-")
		}
		w.wantProblem(412, "precondition-failed", w.do("PUT", "/kv/b/k", "late", "If-Match", stale))
		w.wantProblem(412, "precondition-failed", w.do("DELETE", "/kv/b/k", "", "If-Match", stale))
	}
	w.want(204, w.do("DELETE", "/kv/b/k", "", "If-Match", w.do("GET", "/kv/b/k", "").Header.Get("ETag")))
	w.want(404, w.do("GET", "/kv/b/k", ""))
}

func TestAReadOfWhatTheClientHasIs304(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v", "Content-Type", "text/plain")
	etag := w.do("GET", "/kv/b/k", "").Header.Get("ETag")
	for _, value := range []string{etag, "W/" + etag, `"other", ` + etag, `"x",,"y" , W/` + etag + ` ,`, "*"} {
		for _, method := range []string{"GET", "HEAD"} {
			r := w.want(304, w.do(method, "/kv/b/k", "", "If-None-Match", value))
			if len(r.body) != 0 || r.Header.Get("ETag") != etag || r.Header.Get("Causal-Context") == "" ||
				r.Header.Get("Vary") != "Accept" || r.Header.Get("Content-Type") != "" {
				t.Errorf("%s with %s: %v %q", method, value, r.Header, r.body)
			}
		}
	}
	w.want(200, w.do("GET", "/kv/b/k", "", "If-None-Match", `"other"`))
	w.put("/kv/b/k", "w")
	if r := w.want(300, w.do("GET", "/kv/b/k", "", "If-None-Match", etag)); r.Header.Get("ETag") == etag {
		t.Error("two states have one ETag")
	}
	w.want(404, w.do("GET", "/kv/b/none", "", "If-None-Match", "*"))
	r := w.do("GET", "/kv/b/k", "", "If-Match", etag)
	w.wantProblem(412, "precondition-failed", r)
	wantNothingSeen(t, r)
}

func TestTheFormOfAnAnswerIsTheClientsChoice(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/text", "v", "Content-Type", "text/plain; charset=utf-8")
	w.put("/kv/b/json", "{}", "Content-Type", "application/json")
	w.put("/kv/b/odd", "v", "Content-Type", "x/odd")
	w.put("/kv/b/two", "one", "Content-Type", "text/plain")
	w.put("/kv/b/two", "two", "Content-Type", "text/plain")
	w.put("/kv/b/mixed", "--x--", "Content-Type", "multipart/mixed; boundary=x")
	const raw, doc, parts, none = "raw", "document", "parts", "none"
	for _, c := range []struct {
		key, accept, want string
		status            int
	}{
		{"text", "", raw, 200},
		{"text", "*/*", raw, 200},
		{"text", "text/plain", raw, 200},
		{"text", "TEXT/*", raw, 200},
		{"text", "text/html, image/gif, *; q=.2, */*; q=.2", raw, 200},
		{"text", document.TypeObject, doc, 200},
		{"text", document.TypeObject + ", */*;q=0.1", doc, 200},
		{"text", document.TypeObject + ";q=0.1, text/plain", raw, 200},
		{"text", "application/*", doc, 200},
		{"text", "image/png", none, 406},
		{"text", "text/plain;q=0", none, 406},
		{"text", "*/*, text/plain;q=0", doc, 200},
		{"text", "multipart/mixed", parts, 200},
		{"text", "Multipart/Mixed", parts, 200},
		{"text", "multipart/mixed, */*;q=0.5", parts, 200},
		{"text", "multipart/mixed, */*", parts, 200},
		{"text", "multipart/mixed;q=0.5, */*", raw, 200},
		{"text", "multipart/mixed;q=0, */*;q=0.1", raw, 200},
		{"text", "multipart/mixed;q=0", none, 406},
		{"text", "multipart/*", parts, 200},
		{"text", "multipart/*, text/*;q=0.1", raw, 200},
		{"text", "multipart/*, application/*;q=0.1", parts, 200},
		{"text", "multipart/form-data", none, 406},
		{"text", "multipart/mixed, " + document.TypeObject, doc, 200},
		{"text", "multipart/mixed, " + document.TypeObject + ";q=0.9", parts, 200},
		{"text", "multipart/mixed;q=0.8, " + document.TypeObject + ";q=0.7, text/plain;q=0.9", raw, 200},
		{"mixed", "", raw, 200},
		{"mixed", "multipart/*", raw, 200},
		{"mixed", "multipart/mixed", parts, 200},
		{"json", "application/json", raw, 200},
		{"odd", "*/*", raw, 200},
		{"two", "", doc, 300},
		{"two", "*/*", doc, 300},
		{"two", "text/plain", doc, 300},
		{"two", "application/json", doc, 300},
		{"two", document.TypeObject, doc, 200},
		{"two", "text/plain, " + document.TypeObject + ";q=0.1", doc, 200},
		{"two", "multipart/mixed", parts, 300},
		{"two", "multipart/mixed, */*", parts, 300},
		{"two", "multipart/mixed, text/plain", parts, 300},
		{"two", "multipart/mixed;q=0.5, */*", doc, 300},
		{"two", "multipart/mixed;q=0", doc, 300},
		{"two", "multipart/*", parts, 300},
		{"two", "multipart/*;q=0.5, */*", doc, 300},
		{"two", "*/*;q=0.1, multipart/*;q=0.5", parts, 300},
		{"two", "multipart/mixed, " + document.TypeObject, doc, 200},
		{"two", "multipart/mixed, " + document.TypeObject + ";q=0.9", parts, 300},
		{"two", "multipart/mixed, " + document.TypeObject + ";q=0", parts, 300},
		{"two", "multipart/mixed;q=0.9, " + document.TypeObject + ";q=0", parts, 300},
		{"two", document.TypeObject + ";q=0", doc, 300},
	} {
		t.Run(c.key+" as "+c.accept, func(t *testing.T) {
			r := w.do("GET", "/kv/b/"+c.key, "", "Accept", c.accept)
			got := raw
			switch contentType := r.Header.Get("Content-Type"); {
			case contentType == document.TypeObject:
				got = doc
			case contentType == document.TypeProblem:
				got = none
			case strings.HasPrefix(contentType, "multipart/mixed; boundary=kindred-"):
				got = parts
			}
			if r.StatusCode != c.status || got != c.want || r.Header.Get("Vary") != "Accept" {
				t.Errorf("%d with the form %s, Vary %q; want %d with %s", r.StatusCode, got, r.Header.Get("Vary"), c.status, c.want)
			}
			if got == none {
				wantProblem(t, 406, "not-acceptable", r)
				wantNothingSeen(t, r)
			}
		})
	}
}

// wantNothingSeen checks that an answer that shows no value gives out nothing that could overwrite one.
func wantNothingSeen(t *testing.T, r reply) {
	t.Helper()
	for _, field := range []string{"Causal-Context", "ETag"} {
		if r.Header.Get(field) != "" {
			t.Errorf("%d has %s: %s", r.StatusCode, field, r.Header.Get(field))
		}
	}
}
