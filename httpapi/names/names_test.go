package names_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/names"
)

func TestSplitReadsNamesFromARawPath(t *testing.T) {
	for _, c := range []struct{ name, raw, bucket, key string }{
		{"a plain pair", "carts/alice", "carts", "alice"},
		{"slashes in a key may be plain", "src/net/http/server.go", "src", "net/http/server.go"},
		{"a slash in a bucket is encoded", "a%2Fb/c", "a/b", "c"},
		{"an encoded slash in a key is the same key", "b/x%2Fy", "b", "x/y"},
		{"empty parts of a key stay", "b/a//b", "b", "a//b"},
		{"a key may begin with a slash", "b//", "b", "/"},
		{"dot segments stay", "b/a/../b", "b", "a/../b"},
		{"encoded dot segments stay", "b/a%2F..%2Fb", "b", "a/../b"},
		{"NUL is a byte as any other", "b/%00", "b", "\x00"},
		{"decoding happens once", "b/%2525", "b", "%25"},
		{"a plus sign is a plus sign", "b/a+b", "b", "a+b"},
		{"bytes that are no UTF-8 stay", "b/%ff%FE", "b", "\xff\xfe"},
		{"raw bytes above ASCII stay", "b/\xc3\xa9", "b", "\u00e9"},
		{"the longest names", strings.Repeat("b", 255) + "/" + strings.Repeat("%6B", 1024),
			strings.Repeat("b", 255), strings.Repeat("k", 1024)},
	} {
		t.Run(c.name, func(t *testing.T) {
			bucket, key, err := names.Split(c.raw)
			if err != nil || bucket != c.bucket || key != c.key {
				t.Errorf("Split(%q) = %q, %q, %v; want %q, %q", c.raw, bucket, key, err, c.bucket, c.key)
			}
		})
	}
}

func TestSplitRefusesWhatIsNoName(t *testing.T) {
	for _, c := range []struct{ name, raw, says string }{
		{"an empty bucket", "/k", "bucket is empty"},
		{"an empty key", "b/", "key is empty"},
		{"a lone percent sign", "b/100%", "badly encoded"},
		{"a percent sign before what is no number", "b/%zz", "badly encoded"},
		{"a percent sign before half a number in the bucket", "%2/b", "badly encoded"},
		{"a key of 1,025 bytes", "b/" + strings.Repeat("k", 1025), "1025 bytes"},
		{"a bucket of 256 bytes", strings.Repeat("b", 256) + "/k", "256 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := names.Split(c.raw)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Split(%q): error %v does not say %q", c.raw, err, c.says)
			}
		})
	}
	if bucket, _, err := names.Split("carts"); bucket != "carts" || !errors.Is(err, names.ErrMissingKey) {
		t.Errorf("a bucket alone gives %q, %v", bucket, err)
	}
}

func TestEncodeKeyKeepsSlashesOnlyWhereNobodyTidiesThem(t *testing.T) {
	for key, want := range map[string]string{
		"src/net/http": "src/net/http", "a//b": "a%2F%2Fb", "a/../b": "a%2F..%2Fb", "./a": ".%2Fa",
		"/a": "%2Fa", "a/": "a%2F", "a b?#%": "a%20b%3F%23%25", "user:42": "user:42",
	} {
		if got := names.EncodeKey(key); got != want {
			t.Errorf("EncodeKey(%q) = %q, want %q", key, got, want)
		}
	}
}

func FuzzJoinAndSplitAreInverse(f *testing.F) {
	f.Add("carts", "alice")
	f.Add("a/b", "../\x00%2F")
	f.Fuzz(func(t *testing.T, bucket, key string) {
		if bucket == "" || key == "" || len(bucket) > names.BucketBytesMax || len(key) > names.KeyBytesMax {
			return // no names
		}
		joined := names.Join(bucket, key)
		b, k, err := names.Split(joined)
		if err != nil || b != bucket || k != key {
			t.Errorf("%q, %q became %q, and that %q, %q, %v", bucket, key, joined, b, k, err)
		}
	})
}
