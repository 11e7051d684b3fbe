package httpapi

import (
	"bufio"
	"net/textproto"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

func TestABoundaryStandsInNoValue(t *testing.T) {
	tag := node.ETag{1, 2, 3}
	first := "kindred-" + tag.String()
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"no value", nil, first},
		{"values that have nothing to do with it", []string{"", "--", "--kindred-"}, first},
		{"a value with it, and no dashes before", []string{first}, first},
		{"a value that begins with it", []string{"--" + first}, first + "-2"},
		{"one of several values that ends with it", []string{"a", "b\r\n--" + first, "c"}, first + "-2"},
		{"a value with the second, which holds the first", []string{"--" + first + "-2"}, first + "-3"},
		{"values with several", []string{"--" + first + "-2", "x--" + first + "-3--"}, first + "-4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parts []part
			for _, v := range c.values {
				parts = append(parts, part{value: []byte(v)})
			}
			got := boundaryOf(tag, parts)
			if got != c.want || len(got) > 70 { // RFC 2046 allows no more
				t.Errorf("%s, want %s", got, c.want)
			}
			body := writeParts(got, parts, partsSize(got, parts))
			if len(body) != partsSize(got, parts) || cap(body) != len(body) {
				t.Errorf("%d bytes of %d, and the size is %d", len(body), cap(body), partsSize(got, parts))
			}
			if n := strings.Count(string(body), "--"+got); n != len(parts)+1 {
				t.Errorf("the boundary stands %d times among %d parts", n, len(parts))
			}
		})
	}
}

func TestNoFieldOfAPartLeavesItsLine(t *testing.T) {
	const bad = "a\r\nForged: x\n\n--b\r"
	fields := partFields(clock.Version{}, bad, node.NewContent(nil, bad, bad, []node.Meta{{Name: "m", Value: bad}}))
	head, err := textproto.NewReader(bufio.NewReader(strings.NewReader(string(fields) + "\r\n"))).ReadMIMEHeader()
	if err != nil || len(head) != 6 || head.Get("Forged") != "" || head.Get("Meta-M") != "a  Forged: x  --b" {
		t.Errorf("%q, %v", head, err)
	}
}
