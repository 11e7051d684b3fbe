package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestMetadataComesBackAsItWasGiven(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v", "META-AUTHOR", "Ana \u00fc", "Meta-__proto__", "polluted", "meta-a.b_c", "x", "Meta-Many", "1", "Meta-Many", "2", "Meta-Empty", "", "Metadata", "is another field")
	want := map[string]string{"author": "Ana \u00fc", "__proto__": "polluted", "a.b_c": "x", "many": "1, 2", "empty": ""}
	got := w.object("/kv/b/k").Siblings[0].Metadata
	if len(got) != len(want) {
		t.Errorf("the document has %v, want %v", got, want)
	}
	r := w.want(200, w.do("GET", "/kv/b/k", ""))
	for name, value := range want {
		if got[name] != value {
			t.Errorf("the document has %s = %q, want %q", name, got[name], value)
		}
		if v := r.Header.Get("Meta-" + name); v != value {
			t.Errorf("the header has %s = %q, want %q", name, v, value)
		}
	}
}

func TestMetadataThatCannotBeGivenBackIsRefused(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct {
		name, fields string
		status       int
		code         string
	}{
		{"a field without a name", "Meta-: x\r\n", 400, "bad-request"},
		{"bytes that are no UTF-8", "Meta-A: \xff\r\n", 400, "bad-request"},
		{"a content type that is no UTF-8", "Content-Type: text/\xff\r\n", 400, "bad-request"},
		{"a split response", "Meta-A: x\r\rSet-Cookie: y\r\n", 400, "bad-request"},
		{"more than 8 KiB in one field", "Meta-A: " + strings.Repeat("x", 8<<10) + "\r\n", 431, "headers-too-large"},
		{"more than 8 KiB in many fields", strings.Repeat("Meta-A: "+strings.Repeat("x", 1<<10)+"\r\n", 8), 431, "headers-too-large"},
		{"a content type of a page", "Content-Type: " + strings.Repeat("x", 2<<10) + "\r\n", 431, "headers-too-large"},
		{"a content type with a space", "Content-Type: bad type\r\n", 400, "bad-request"},
		{"a content type without a subtype", "Content-Type: text\r\n", 400, "bad-request"},
		{"a content type with half a parameter", "Content-Type: text/plain; charset\r\n", 400, "bad-request"},
		{"two content types", "Content-Type: text/plain\r\nContent-Type: text/html\r\n", 400, "bad-request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := dial(t, w.data).send("PUT /kv/b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n" + c.fields + "\r\nv").receive("PUT")
			wantProblem(t, c.status, c.code, r)
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
	w.put("/kv/b/k", "v", "Meta-A", strings.Repeat("x", 8<<10-1))
}

func TestMarkupIsServedUnderItsOwnTypeAndNoOther(t *testing.T) {
	w := start(t, nil)
	for i, contentType := range []string{"text/html", "application/octet-stream", "image/svg+xml"} {
		target := fmt.Sprint("/kv/b/", i)
		w.put(target, "<script>alert(1)</script>", "Content-Type", contentType)
		r := w.want(200, w.do("GET", target, ""))
		if r.Header.Get("Content-Type") != contentType || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", r.Header)
		}
	}
}

func TestNoBucketIsSpecial(t *testing.T) {
	w := start(t, nil)
	for i, bucket := range []string{"_", "kv", "admin", "%00", "%00sys", "..", "%FF", "livez", "__kindred__", "%2F", "*"} {
		w.put("/kv/"+bucket+"/k", fmt.Sprint(i))
	}
	for i, bucket := range []string{"_", "kv", "admin", "%00", "%00sys", "..", "%FF", "livez", "__kindred__", "%2F", "*"} {
		if r := w.want(200, w.do("GET", "/kv/"+bucket+"/k", "")); string(r.body) != fmt.Sprint(i) {
			t.Errorf("bucket %s holds %q", bucket, r.body)
		}
	}
}
