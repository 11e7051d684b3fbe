package httpapi_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
)

func TestAPutCanBeReadBack(t *testing.T) {
	w := start(t, nil)
	put := w.want(204, w.do("PUT", "/kv/carts/alice", "milk", "Content-Type", "text/plain", "Meta-Author", "a", "Content-Encoding", "none"))
	for name, want := range map[string]string{
		"Siblings": "1", "Quorum": "n=3, acks=2, primary=2, fallback=0, durable=2", "Coordinator": "n1",
		"Content-Type": "", "Content-Length": "", "Server": "",
	} {
		if got := put.Header.Get(name); got != want {
			t.Errorf("PUT: %s is %q, want %q", name, got, want)
		}
	}
	if put.Header.Get("Causal-Context") == "" {
		t.Error("PUT: no Causal-Context")
	}
	get := w.want(200, w.do("GET", "/kv/carts/alice", ""))
	for name, want := range map[string]string{
		"Siblings": "1", "Quorum": "n=3, answers=2, primary=2, fallback=0", "Coordinator": "n1",
		"Content-Type": "text/plain", "Content-Encoding": "none", "Meta-Author": "a", "Content-Length": "4",
		"Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT", "Vary": "Accept", "X-Content-Type-Options": "nosniff",
		"Causal-Context": put.Header.Get("Causal-Context"), "Covers-Context": "",
	} {
		if got := get.Header.Get(name); got != want {
			t.Errorf("GET: %s is %q, want %q", name, got, want)
		}
	}
	if string(get.body) != "milk" {
		t.Errorf("GET gives %q", get.body)
	}
	head := w.want(200, w.do("HEAD", "/kv/carts/alice", ""))
	if len(head.body) != 0 {
		t.Errorf("HEAD has a body: %q", head.body)
	}
	for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Siblings", "Quorum", "Causal-Context", "Last-Modified", "Meta-Author"} {
		if got, want := head.Header.Get(name), get.Header.Get(name); got != want {
			t.Errorf("HEAD: %s is %q, and GET's is %q", name, got, want)
		}
	}
}

func TestHeadersAreSpeltAsTheContractSpellsThem(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v")
	w.put("/kv/b/two", "v")
	w.put("/kv/b/two", "w")
	of := func(list string) []string { return strings.Fields(list) }
	all := of("ETag Causal-Context Siblings Quorum Coordinator Last-Modified Vary")
	withBody := append(of("Content-Type Content-Length"), all...)
	for _, c := range []struct {
		name, request string
		want          []string
	}{
		{"a value", "GET /kv/b/k HTTP/1.1\r\n", withBody},
		{"the head of a value", "HEAD /kv/b/k HTTP/1.1\r\n", withBody},
		{"a document", "GET /kv/b/k HTTP/1.1\r\nAccept: " + document.TypeObject + "\r\n", withBody},
		{"siblings", "GET /kv/b/two HTTP/1.1\r\n", withBody},
		{"parts", "GET /kv/b/two HTTP/1.1\r\nAccept: multipart/mixed\r\n", withBody},
		{"a state that is known", "GET /kv/b/two HTTP/1.1\r\nIf-None-Match: *\r\n", all},
		{"the object after a write", "PUT /kv/b/k?return=object HTTP/1.1\r\nContent-Length: 1\r\n", of("ETag Causal-Context Content-Length")},
		{"a method that is none here", "POST /livez HTTP/1.1\r\nContent-Length: 1\r\n", of("Allow Content-Type")},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, w.data).send(c.request + "Host: h\r\nConnection: close\r\n\r\nx")
			answer, err := io.ReadAll(conn.in)
			if err != nil && len(answer) == 0 { // what was not read of a body may reset the connection
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(answer), "\r\n\r\n")
			for _, name := range c.want {
				if strings.Count(head, "\r\n"+name+": ") != 1 {
					t.Errorf("the answer lacks %s, or has it twice:\n%s", name, head)
				}
			}
			if strings.Contains(head, "Etag") {
				t.Errorf("a second spelling:\n%s", head)
			}
		})
	}
}

func TestAnEmptyValueIsAValue(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "")
	r := w.want(200, w.do("GET", "/kv/b/k", ""))
	if len(r.body) != 0 || r.Header.Get("Content-Length") != "0" || r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q, %v", r.body, r.Header)
	}
}

func TestAnAbsentKeyIs404WithAProblem(t *testing.T) {
	w := start(t, nil)
	r := w.do("GET", "/kv/b/none", "")
	w.wantProblem(404, "not-found", r)
	if r.Header.Get("Siblings") != "0" || r.Header.Get("ETag") != "" || r.Header.Get("Causal-Context") != "" || r.Header.Get("Quorum") == "" {
		t.Errorf("headers of a 404: %v", r.Header)
	}
	if h := w.want(404, w.do("HEAD", "/kv/b/none", "")); len(h.body) != 0 {
		t.Errorf("HEAD of an absent key has a body: %s", h.body)
	}
	w.wantProblem(404, "not-found", w.do("GET", "/kv/b/none", "", "Accept", document.TypeObject))
}

func TestAContextReplacesWhatItCoversAndNothingElse(t *testing.T) {
	w := start(t, nil)
	var second string
	first := w.put("/kv/b/k", "one")
	w.put("/kv/b/k", "two")
	r := w.want(300, w.do("GET", "/kv/b/k", ""))
	if r.Header.Get("Siblings") != "2" || r.Header.Get("Content-Type") != document.TypeObject {
		t.Errorf("headers of siblings: %v", r.Header)
	}
	if got := w.values("/kv/b/k"); got != "one|two" {
		t.Errorf("two blind writes left %q", got)
	}
	w.put("/kv/b/k", "three", "Causal-Context", first)
	if got := w.values("/kv/b/k"); got != "two|three" {
		t.Errorf("a write over the first left %q", got)
	}
	both := w.do("GET", "/kv/b/k", "").Header.Get("Causal-Context")
	w.put("/kv/b/k", "merged", "Causal-Context", both)
	if got := w.values("/kv/b/k"); got != "merged" {
		t.Errorf("a write over all left %q", got)
	}
	first, second = w.put("/kv/b/l", "a"), w.put("/kv/b/l", "b")
	w.put("/kv/b/l", "c", "Causal-Context", ", ,"+first+" ,,\t"+second+",")
	if got := w.values("/kv/b/l"); got != "c" {
		t.Errorf("tokens joined by commas among empty elements left %q", got)
	}
	first, second = w.put("/kv/b/m", "a"), w.put("/kv/b/m", "b")
	w.put("/kv/b/m", "c", "Causal-Context", first, "Causal-Context", second)
	if got := w.values("/kv/b/m"); got != "c" {
		t.Errorf("two Causal-Context fields left %q", got)
	}
}

func TestADeletionLeavesAContextThatReplacesIt(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v")
	w.want(204, w.do("DELETE", "/kv/b/k", ""))
	w.want(204, w.do("DELETE", "/kv/b/k", ""))
	r := w.do("GET", "/kv/b/k", "")
	w.wantProblem(404, "not-found", r)
	context := r.Header.Get("Causal-Context")
	if context == "" {
		t.Fatal("a 404 over a tombstone has no context")
	}
	w.put("/kv/b/k", "again", "Causal-Context", context)
	if got := w.values("/kv/b/k"); got != "again" {
		t.Errorf("the write over the tombstone left %q", got)
	}
	w.want(204, w.do("DELETE", "/kv/b/never", ""))
}

func TestADeleteWithAStaleContextLeavesWhatItHasNotSeen(t *testing.T) {
	w := start(t, nil)
	stale := w.put("/kv/b/k", "seen")
	w.put("/kv/b/k", "unseen")
	w.want(204, w.do("DELETE", "/kv/b/k", "", "Causal-Context", stale))
	if got := w.values("/kv/b/k"); got != "unseen" {
		t.Errorf("the deletion left %q", got)
	}
}

func TestReturnObjectShowsWhatStandsAfterTheWrite(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "one", "Content-Type", "text/plain")
	r := w.want(200, w.do("PUT", "/kv/b/k?return=object", "two"))
	d := w.object("/kv/b/k")
	if len(d.Siblings) != 2 || r.Header.Get("Content-Type") != document.TypeObject || r.Header.Get("ETag") == "" ||
		r.Header.Get("Causal-Context") != d.Context || !strings.Contains(string(r.body), d.Context) {
		t.Errorf("%v %s", r.Header, r.body)
	}
}

func TestACreatedKeyIsNamedByItsLocation(t *testing.T) {
	w := start(t, nil)
	r := w.want(201, w.do("POST", "/kv/a%2Fb", "v", "Content-Type", "text/plain"))
	location := r.Header.Get("Location")
	if !strings.HasPrefix(location, "/kv/a%2Fb/") || r.Header.Get("Causal-Context") == "" || r.Header.Get("Quorum") == "" {
		t.Fatalf("headers of a 201: %v", r.Header)
	}
	if got := w.want(200, w.do("GET", location, "")); string(got.body) != "v" {
		t.Errorf("the created key holds %q", got.body)
	}
	if again := w.want(201, w.do("POST", "/kv/a%2Fb", "v")).Header.Get("Location"); again == location {
		t.Error("two keys were drawn alike")
	}
}

func TestAGetSaysWhetherItCoversTheContext(t *testing.T) {
	w := start(t, nil)
	context := w.put("/kv/b/k", "v")
	if got := w.want(200, w.do("GET", "/kv/b/k", "", "Causal-Context", context)).Header.Get("Covers-Context"); got != "yes" {
		t.Errorf("Covers-Context: %q", got)
	}
}

func TestTheObjectDocumentIsTheSameEveryTime(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/my%20carts/a%2F%2Fb", "milk <b> & \u00fc", "Content-Type", "text/plain", "Meta-Author", "a", "Meta-B", "2")
	w.put("/kv/my%20carts/a%2F%2Fb", "\xff\x00", "Content-Type", "text/plain")
	w.put("/kv/my%20carts/a%2F%2Fb", `{"n":1}`, "Content-Type", "application/vnd.shop+json; charset=utf-8")
	w.put("/kv/my%20carts/a%2F%2Fb", "text of a type that is none")
	w.put("/kv/my%20carts/a%2F%2Fb", "squeezed", "Content-Type", "text/plain", "Content-Encoding", "gzip")
	r := w.want(300, w.do("GET", "/kv/my%20carts/a//b", ""))
	golden(t, "object.json", string(r.body)+"\n")
	again := w.want(200, w.do("GET", "/kv/my%20carts/a//b", "", "Accept", document.TypeObject))
	if string(again.body) != string(r.body) {
		t.Errorf("300 and 200 differ:\n%s\n%s", r.body, again.body)
	}
}

func TestEqualSiblingsAreShownOnce(t *testing.T) {
	w := start(t, nil)
	for range 3 {
		w.put("/kv/b/k", "same")
	}
	r := w.want(200, w.do("GET", "/kv/b/k", ""))
	if string(r.body) != "same" || r.Header.Get("Siblings") != "1" {
		t.Errorf("%s siblings, %q", r.Header.Get("Siblings"), r.body)
	}
	w.put("/kv/b/k", "merged", "Causal-Context", r.Header.Get("Causal-Context"))
	if got := w.values("/kv/b/k"); got != "merged" {
		t.Errorf("the context does not cover all twins: %q", got)
	}
}

func TestAThousandBlindWritesEndIn409(t *testing.T) {
	w := start(t, nil)
	refused := 0
	for i := range 130 {
		if r := w.do("PUT", "/kv/b/k", fmt.Sprint(i)); r.StatusCode != 204 {
			p := w.wantProblem(409, "too-many-siblings", r)
			if p.Outcome != "not_applied" || p.Retryable {
				t.Fatalf("%s", r.body)
			}
			refused++
		}
	}
	if refused != 30 {
		t.Errorf("%d writes were refused, want all beyond the hundredth", refused)
	}
	if d := w.object("/kv/b/k"); len(d.Siblings) != 100 {
		t.Errorf("%d siblings can be read", len(d.Siblings))
	}
}

func TestAPageFromElsewhereWritesNothing(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ method, target string }{{"POST", "/kv/b"}, {"PUT", "/kv/b/k"}, {"DELETE", "/kv/b/k"}} {
		w.wantProblem(403, "forbidden", w.do(c.method, c.target, "", "Origin", "http://evil.example"))
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
	w.put("/kv/b/k", "v", "Origin", "http://"+w.data)
}
