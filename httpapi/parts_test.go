package httpapi_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/httpapi/document"
)

const acceptParts = "multipart/mixed"

// readParts reads an answer's parts back as siblings of the document, with the parser of the standard library.
// Times have seconds only.
func readParts(t testing.TB, r reply) (siblings []document.Sibling, values []string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != acceptParts {
		t.Fatalf("the content type %q: %v", r.Header.Get("Content-Type"), err)
	}
	if got := r.Header.Get("Content-Length"); got != strconv.Itoa(len(r.body)) {
		t.Errorf("Content-Length %s of %d bytes", got, len(r.body))
	}
	reader := multipart.NewReader(bytes.NewReader(r.body), params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return siblings, values
		}
		if err != nil {
			t.Fatal(err)
		}
		value, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		siblings, values = append(siblings, siblingOf(t, p.Header)), append(values, string(value))
	}
}

// siblingOf reads a part's head.
func siblingOf(t testing.TB, h textproto.MIMEHeader) document.Sibling {
	t.Helper()
	modified, err := time.Parse(http.TimeFormat, h.Get("Last-Modified"))
	if err != nil {
		t.Fatal(err)
	}
	s := document.Sibling{
		ID: h.Get("Id"), Node: h.Get("Node"), ContentType: h.Get("Content-Type"), ContentEncoding: h.Get("Content-Encoding"),
		LastModified: document.FormatTime(modified), Metadata: map[string]string{},
	}
	for name, values := range h {
		if meta, ok := strings.CutPrefix(name, "Meta-"); ok {
			s.Metadata[strings.ToLower(meta)] = strings.Join(values, "|")
		}
	}
	return s
}

// wantSameAsDocument checks that the parts of a key are the siblings of its document, in the same order.
func wantSameAsDocument(w *world, target string, status int) reply {
	w.t.Helper()
	t := w.t
	r := w.want(status, w.do("GET", target, "", "Accept", acceptParts))
	got, values := readParts(t, r)
	want := w.object(target).Siblings
	if len(got) != len(want) {
		t.Fatalf("%d parts, and the document has %d siblings", len(got), len(want))
	}
	for i, s := range want {
		value, err := s.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if values[i] != string(value) {
			t.Errorf("part %d holds %d bytes, and sibling %s other %d", i, len(values[i]), s.ID, len(value))
		}
		s.Value, s.Encoding = "", ""
		at, err := document.ParseTime(s.LastModified)
		if err != nil {
			t.Fatal(err)
		}
		s.LastModified = document.FormatTime(at.Truncate(time.Second))
		if fmt.Sprintf("%+v", got[i]) != fmt.Sprintf("%+v", s) {
			t.Errorf("part %d is %+v, and the sibling %+v", i, got[i], s)
		}
	}
	return r
}

func TestThePartsAreTheSameEveryTime(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "milk", "Content-Type", "text/plain; charset=utf-8", "Meta-Author", "Ana \u00fc", "Meta-a.b_c", "")
	w.put("/kv/b/k", "\xff\x00\r\n--", "Content-Encoding", "gzip")
	w.put("/kv/b/k", "", "Content-Type", "application/json")
	r := w.want(300, w.do("GET", "/kv/b/k", "", "Accept", acceptParts))
	golden(t, "parts.txt", strconv.Quote(r.Header.Get("Content-Type"))+"\n"+
		strings.ReplaceAll(strconv.Quote(string(r.body)), `\r\n`, "\\r\\n\n")+"\n")
	again := w.want(300, w.do("GET", "/kv/b/k", "", "Accept", acceptParts))
	if again.Header.Get("Content-Type") != r.Header.Get("Content-Type") || !bytes.Equal(again.body, r.body) {
		t.Errorf("the second answer differs:\n%q", again.body)
	}
}

func TestThePartsAreTheSiblingsOfTheDocument(t *testing.T) {
	w := start(t, nil)
	for i, target := range []string{"/kv/b/one", "/kv/b/two", "/kv/b/three"} {
		for n := range i + 1 {
			w.put(target, fmt.Sprint("value ", n), "Content-Type", "text/plain", "Meta-N", fmt.Sprint(n), "Meta-Author", "a, b")
		}
		status := 300
		if i == 0 {
			status = 200
		}
		r := wantSameAsDocument(w, target, status)
		doc := w.do("GET", target, "", "Accept", document.TypeObject)
		for _, name := range []string{"ETag", "Causal-Context", "Siblings", "Last-Modified", "Vary", "Coordinator", "Quorum"} {
			if r.Header.Get(name) == "" || r.Header.Get(name) != doc.Header.Get(name) {
				t.Errorf("%s is %q, and the document's %q", name, r.Header.Get(name), doc.Header.Get(name))
			}
		}
		if r.Header.Get("Siblings") != fmt.Sprint(i+1) || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", r.Header)
		}
	}
}

func TestAValueThatLooksLikePartsIsOnePart(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "first")
	for range 3 { // each time the answer so far becomes one of the values
		r := w.do("GET", "/kv/b/k", "", "Accept", acceptParts)
		w.put("/kv/b/k", string(r.body), "Content-Type", r.Header.Get("Content-Type"))
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		w.put("/kv/b/k", "--"+params["boundary"]+"--\r\n")
		w.put("/kv/b/k", "\r\n--"+params["boundary"])
		wantSameAsDocument(w, "/kv/b/k", 300)
	}
}

func TestAnySiblingsComeBackAsParts(t *testing.T) {
	w := start(t, nil)
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	pieces := []string{"\r\n", "\n", "\r", "-", "--", "kindred-", "\x00", "\xff", "text", ": ", "\r\n\r\n", "Id: x"}
	for i := range 60 {
		target := fmt.Sprintf("/kv/b/%d", i)
		siblings := map[string]bool{}
		for range 1 + random.IntN(4) {
			var value strings.Builder
			for range random.IntN(12) {
				value.WriteString(pieces[random.IntN(len(pieces))])
			}
			w.put(target, value.String(), "Content-Type", "text/plain")
			siblings[value.String()] = true
		}
		status := 300
		if len(siblings) == 1 {
			status = 200
		}
		wantSameAsDocument(w, target, status)
	}
}

func TestTheHeadOfPartsIsThatOfTheirGet(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/one", "v")
	w.put("/kv/b/two", "v")
	w.put("/kv/b/two", "w")
	for target, status := range map[string]int{"/kv/b/one": 200, "/kv/b/two": 300} {
		get := w.want(status, w.do("GET", target, "", "Accept", acceptParts))
		head := w.want(status, w.do("HEAD", target, "", "Accept", acceptParts))
		if len(head.body) != 0 {
			t.Errorf("HEAD has a body: %q", head.body)
		}
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Siblings", "Causal-Context", "Last-Modified", "Vary"} {
			if got, want := head.Header.Get(name), get.Header.Get(name); got == "" || got != want {
				t.Errorf("HEAD: %s is %q, and GET's is %q", name, got, want)
			}
		}
		for _, method := range []string{"GET", "HEAD"} {
			r := w.want(304, w.do(method, target, "", "Accept", acceptParts, "If-None-Match", get.Header.Get("ETag")))
			if len(r.body) != 0 || r.Header.Get("Vary") != "Accept" {
				t.Errorf("%s of a state that is known: %v %q", method, r.Header, r.body)
			}
		}
		w.want(status, w.do("GET", target, "", "Accept", acceptParts, "If-None-Match", `"another"`))
	}
}

func TestNothingHasNoParts(t *testing.T) {
	w := start(t, nil)
	absent := w.do("GET", "/kv/b/none", "", "Accept", acceptParts)
	w.wantProblem(404, "not-found", absent)
	w.put("/kv/b/k", "v")
	w.want(204, w.do("DELETE", "/kv/b/k", ""))
	gone := w.do("GET", "/kv/b/k", "", "Accept", acceptParts)
	w.wantProblem(404, "not-found", gone)
	if gone.Header.Get("Causal-Context") == "" || gone.Header.Get("Vary") != "Accept" || absent.Header.Get("Vary") != "Accept" {
		t.Errorf("%v %v", gone.Header, absent.Header)
	}
}

func TestPartsThatExceedTheBudgetAreRefused(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.BodyBytesMax = 1 << 10 })
	w.put("/kv/b/k", strings.Repeat("v", 600))
	w.put("/kv/b/k", strings.Repeat("w", 600))
	w.wantProblem(503, "overloaded", w.do("GET", "/kv/b/k", "", "Accept", acceptParts))
	w.until("all is given back", func() bool { return w.metric("kindred_http_body_bytes") == 0 })
}
