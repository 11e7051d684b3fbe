package document_test

import (
	"encoding/json"
	"testing"
	"testing/quick"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
)

func TestMediaTypesHaveATypeAndASubtype(t *testing.T) {
	for text, want := range map[string]bool{
		"text/plain": true, "text/plain; charset=utf-8": true, "Application/VND.shop+json;v=\"1 2\"": true, "x/y": true,
		"": false, "text": false, "text/": false, "/plain": false, "bad type": false, "text/bad type": false,
		"text/plain, text/html": false, "text/plain; charset": false, "text/plain\nEvil: 1": false,
	} {
		if got := document.IsMediaType(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestLevelsAreNumbersOrWords(t *testing.T) {
	for level, want := range map[document.Level]string{"2": "2", "0": "0", "quorum": `"quorum"`, "w": `"w"`} {
		b, err := json.Marshal(level)
		if err != nil || string(b) != want {
			t.Errorf("%q is written %s, %v; want %s", level, b, err, want)
		}
		var back document.Level
		if err := json.Unmarshal(b, &back); err != nil || back != level {
			t.Errorf("%s is read as %q, %v", b, back, err)
		}
	}
	var l document.Level
	for _, bad := range []string{"-1", "1.5", "true", "null", `""`, "[]", "70000", "{}"} {
		if err := json.Unmarshal([]byte(bad), &l); err == nil {
			t.Errorf("%s was read as %q", bad, l)
		}
	}
}

func TestTimesHaveMilliseconds(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.FixedZone("", 7200))
	if got := document.FormatTime(at); got != "2026-11-21T10:00:00.123Z" {
		t.Errorf("%s", got)
	}
	back, err := document.ParseTime("2026-11-21T10:00:00.000Z")
	if err != nil || !back.Equal(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("%v, %v", back, err)
	}
}

func TestAValueIsTheSameBytesBehindItsDocument(t *testing.T) {
	for _, contentType := range []string{"text/plain", "application/json", "application/octet-stream", "", "no type"} {
		same := func(value []byte, squeezed bool) bool {
			s := document.Sibling{ContentType: contentType}
			if squeezed {
				s.ContentEncoding = "gzip"
			}
			s.SetValue(value)
			b, err := document.Encode(s)
			if err != nil {
				return false
			}
			var back document.Sibling
			if json.Unmarshal(b, &back) != nil {
				return false
			}
			got, err := back.Bytes()
			return err == nil && string(got) == string(value)
		}
		if err := quick.Check(same, nil); err != nil {
			t.Errorf("%q: %v", contentType, err)
		}
		for _, value := range []string{"", "<a>&\u2028", "\xef\xbb\xbfBOM", "\ufffd", "\x00\x1f", "\xed\xa0\x80", `"\`} {
			if !same([]byte(value), false) {
				t.Errorf("%q under %q changed on its way", value, contentType)
			}
		}
	}
}
