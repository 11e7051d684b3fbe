package httpapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/names"
)

func TestNamesComeFromTheRawTarget(t *testing.T) {
	w := start(t, nil)
	for i, c := range []struct{ name, written, read string }{
		{"an encoded slash in a key is a plain one", "/kv/b/a%2Fb", "/kv/b/a/b"},
		{"dot segments are not resolved", "/kv/b/x/../y", "/kv/b/x%2F..%2Fy"},
		{"encoded dot segments are not resolved", "/kv/b/%2e%2e/%2E", "/kv/b/../."},
		{"double slashes stay", "/kv/b/p//q", "/kv/b/p%2F%2fq"},
		{"NUL is a byte", "/kv/b/%00", "/kv/b/%00"},
		{"a percent sign is decoded once", "/kv/b/%252F", "/kv/b/%25%32F"},
		{"a query ends the key", "/kv/b/q?w=all", "/kv/b/q"},
		{"an encoded question mark does not", "/kv/b/q%3Fw=all", "/kv/b/q%3fw=all"},
		{"a plus is a plus", "/kv/b/1+1", "/kv/b/1%2B1"},
		{"a URL in a key", "/kv/b/http://x/y", "/kv/b/http:%2F%2Fx/y"},
		{"bytes above ASCII need no encoding", "/kv/b/\xc3\xa9", "/kv/b/%C3%A9"},
		{"the absolute form is the same target", "http://elsewhere/kv/b/abs", "/kv/b/abs"},
		{"a slash in a bucket is encoded", "/kv/b%2Fc/k", "/kv/b%2fc/k"},
		{"a fragment's sign is encoded", "/kv/b/a%23b", "/kv/b/a%23b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := fmt.Sprint("value ", i)
			dial(t, w.data).send("PUT " + c.written + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + fmt.Sprint(len(value)) + "\r\n\r\n" + value).receive("PUT")
			got := dial(t, w.data).send("GET " + c.read + " HTTP/1.1\r\nHost: h\r\n\r\n").receive("GET")
			if string(got.body) != value {
				t.Errorf("%s holds %q, want %q", c.read, got.body, value)
			}
		})
	}
}

func TestLookAlikesAreDifferentKeys(t *testing.T) {
	w := start(t, nil)
	alike := []string{"\u00e9", "e\u0301", "a/b", "a//b", "a/./b", "a/b/", "/a/b", "A/b", "a%2Fb", "a b", "a+b", "a\x00b", "ab\n", "\xff", "\xfe"}
	for i, key := range alike {
		w.put("/kv/b/"+names.EncodeKey(key), fmt.Sprint(i))
	}
	for i, key := range alike {
		if got := w.want(200, w.do("GET", "/kv/b/"+names.EncodeKey(key), "")); string(got.body) != fmt.Sprint(i) {
			t.Errorf("key %q holds %q, want %d", key, got.body, i)
		}
	}
}

func TestWhatIsNoNameIs400(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, target string }{
		{"an empty key", "/kv/b/"},
		{"an empty bucket", "/kv//k"},
		{"both empty", "/kv/"},
		{"a key of 1,025 bytes", "/kv/b/" + strings.Repeat("k", 1025)},
		{"a bucket of 256 bytes", "/kv/" + strings.Repeat("b", 256) + "/k"},
		{"a lone percent sign", "/kv/b/%"},
		{"a percent sign and one digit", "/kv/b/%2"},
		{"a percent sign and what is no digit", "/kv/b/%zz"},
		{"a badly encoded bucket", "/kv/%x/k"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, 400, "invalid-name", w.do("GET", c.target, ""))
			wantProblem(t, 400, "invalid-name", w.do("PUT", c.target, "v"))
		})
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
	longest := "/kv/" + strings.Repeat("%62", 255) + "/" + strings.Repeat("%6B", 1024)
	w.put(longest, "v")
	w.want(200, w.do("GET", longest, ""))
}

// FuzzKeysRoundTripOverAConnection writes a value that names bucket and key under them, with every other byte
// percent-encoded or not, and reads it with all of them encoded. Keys that were written stay: no other may
// ever come upon them.
func FuzzKeysRoundTripOverAConnection(f *testing.F) {
	for _, key := range []string{"a", "/", "//", "..", "a/../b", "%2F", "\x00", "a b", "?", "#", "\xff\xfe", "é", "http://x", ";a=b&c", "kv/b/a"} {
		f.Add("bucket", key)
		f.Add(key, "key")
	}
	w := start(f, nil)
	type name struct{ bucket, key string }
	written := map[name]bool{}
	f.Fuzz(func(t *testing.T, bucket, key string) {
		if bucket == "" || key == "" || len(bucket) > names.BucketBytesMax || len(key) > names.KeyBytesMax {
			return
		}
		w := *w
		w.t = t
		value := url.QueryEscape(bucket) + " " + url.QueryEscape(key)
		if n := (name{bucket, key}); !written[n] {
			r := w.do("GET", "/kv/"+allEncoded(bucket)+"/"+allEncoded(key), "")
			if r.StatusCode != 404 {
				t.Fatalf("%q in %q was never written, and holds %q", key, bucket, r.body)
			}
			if r := w.do("PUT", "/kv/"+halfEncoded(bucket, true)+"/"+halfEncoded(key, false), value); r.StatusCode != 204 {
				t.Fatalf("PUT %q in %q: %d %s", key, bucket, r.StatusCode, r.body)
			}
			written[n] = true
		}
		r := w.do("GET", "/kv/"+allEncoded(bucket)+"/"+allEncoded(key), "")
		if string(r.body) != value {
			t.Fatalf("%q in %q holds %q", key, bucket, r.body)
		}
	})
}

func allEncoded(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// halfEncoded leaves bytes as they are where a raw target may hold them, every other time.
func halfEncoded(s string, isBucket bool) string {
	var b strings.Builder
	for i, c := range []byte(s) {
		if i%2 == 0 || c <= ' ' || c == 0x7f || strings.IndexByte("%?#", c) >= 0 || isBucket && c == '/' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
