package node

import (
	"errors"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

func TestAPutIsHeldAgainstTheLimitsOnlyWhereItRaisesThem(t *testing.T) {
	big := func(n int) *Content { return NewContent([]byte(strings.Repeat("x", n)), "", "", nil) }
	var three Object // three siblings of 10 bytes and a tombstone
	for i := range 3 {
		three = MergeObjects(three, blind(clock.Actor(i+1), 1, NewContent([]byte(strings.Repeat(string(rune('a'+i)), 10)), "", "", nil)))
	}
	three = MergeObjects(three, blind(9, 1, nil))
	all := three.Versions.Context()
	one := three.Versions[0].Clock()
	for name, c := range map[string]struct {
		siblings, bytes int
		past            clock.Clock
		content         *Content
		code            Code
	}{
		"room for one more":                                {siblings: 5, bytes: 100, content: big(10)},
		"one version too many":                             {siblings: 4, bytes: 100, content: big(10), code: CodeTooManySiblings},
		"too many, and the put replaces one":               {siblings: 4, bytes: 100, past: one, content: big(10)},
		"far too many, and the put does not add to them":   {siblings: 1, bytes: 100, past: one, content: big(10)},
		"far too many, and the put replaces all":           {siblings: 1, bytes: 100, past: all, content: big(10)},
		"exactly the bytes that are left":                  {siblings: 9, bytes: 40, content: big(10)},
		"a byte too many":                                  {siblings: 9, bytes: 40, content: big(11), code: CodeObjectTooLarge},
		"a byte too many, in the place of another":         {siblings: 9, bytes: 40, past: one, content: big(11)},
		"too large already, and the put shrinks it":        {siblings: 9, bytes: 5, past: one, content: big(9)},
		"too large already, and the put keeps it so large": {siblings: 9, bytes: 5, past: one, content: big(10)},
		"too large already, and the put makes it larger":   {siblings: 9, bytes: 5, past: one, content: big(11), code: CodeObjectTooLarge},
		"the same bytes as a sibling count once":           {siblings: 9, bytes: 30, content: three.Contents[0]},
		"a deletion is never refused":                      {siblings: 1, bytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			n := bare(t, 3, 3, true, DefaultProps(3))
			n.MaxObjectSize = c.bytes
			op := &operation{key: NewKey("b", "k", 3), props: BucketProps{MaxSiblings: c.siblings}}
			err := n.limits(op, three, c.past, c.content)
			var e *Error
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.As(err, &e) || e.Code != c.code || e.Effect != NotApplied {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	if len(three.Versions) != 4 {
		t.Error("the object that was looked at has changed")
	}
}
