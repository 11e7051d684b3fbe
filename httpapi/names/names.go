// Package names turns buckets and keys, which are any bytes, into parts of a path and back.
//
// Both are percent-encoded and decoded exactly once, from the raw request target. The first raw slash after
// the bucket ends it, so a slash in a bucket is always %2F; in a key it may be plain. Nothing is normalised:
// "a//b", "a/../b" and "%00" are ordinary keys, and no two spellings of different bytes ever meet.
//
// The package is pure. It is shared by the server and its clients, so that they cannot disagree.
package names

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Limits of names, in bytes after decoding. Both are at least one byte long.
const (
	BucketBytesMax = 255
	KeyBytesMax    = 1024
)

// ErrMissingKey is the error of a path that names a bucket and has no slash behind it: it is no object, but
// it may be a bucket's own path.
var ErrMissingKey = errors.New("the path names a bucket and no key")

// Decode undoes percent-encoding once. A percent sign without two hexadecimal digits behind it is an error;
// a plus sign is a plus sign.
func Decode(raw string) (string, error) {
	if !strings.Contains(raw, "%") {
		return raw, nil
	}
	s, err := url.PathUnescape(raw)
	if err != nil {
		return "", fmt.Errorf("a percent sign is not followed by two hexadecimal digits; a percent sign in a name is written %%25")
	}
	return s, nil
}

// Bucket decodes a bucket's name and checks its length.
func Bucket(raw string) (string, error) {
	s, err := Decode(raw)
	if err != nil {
		return "", fmt.Errorf("the bucket's name is badly encoded: %w", err)
	}
	return s, check("bucket", s, BucketBytesMax)
}

// Key decodes a key's name and checks its length.
func Key(raw string) (string, error) {
	s, err := Decode(raw)
	if err != nil {
		return "", fmt.Errorf("the key's name is badly encoded: %w", err)
	}
	return s, check("key", s, KeyBytesMax)
}

func check(what, name string, bytesMax int) error {
	switch {
	case name == "":
		return fmt.Errorf("the %s is empty: a %s has 1 to %d bytes", what, what, bytesMax)
	case len(name) > bytesMax:
		return fmt.Errorf("the %s has %d bytes: a %s has 1 to %d bytes", what, len(name), what, bytesMax)
	}
	return nil
}

// Split reads "bucket/key" as it stands in a path. Without a slash the error is ErrMissingKey, and the
// bucket is given, provided that its own name is in order.
func Split(raw string) (bucket, key string, err error) {
	rawBucket, rawKey, found := strings.Cut(raw, "/")
	if bucket, err = Bucket(rawBucket); err != nil {
		return "", "", err
	}
	if !found {
		return bucket, "", ErrMissingKey
	}
	if key, err = Key(rawKey); err != nil {
		return "", "", err
	}
	return bucket, key, nil
}

// EncodeBucket gives a bucket as it stands in a path.
func EncodeBucket(bucket string) string { return url.PathEscape(bucket) }

// EncodeKey gives a key as it stands in a path. Slashes stay as they are where that is safe; a key with an
// empty, "." or ".." part has its slashes encoded, because browsers and proxies would tidy those away and
// reach another key.
func EncodeKey(key string) string {
	parts := strings.Split(key, "/")
	separator := "/"
	for i, p := range parts {
		if p == "" || p == "." || p == ".." {
			separator = "%2F"
		}
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, separator)
}

// Join gives "bucket/key" as it stands in a path; Split reads it back.
func Join(bucket, key string) string { return EncodeBucket(bucket) + "/" + EncodeKey(key) }
