package clock_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata, or writes the file where -update says so.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := "testdata/" + file
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs. A format that is out in the world must not change without a new version byte.\ngot:\n%swant:\n%s", path, got, want)
	}
}

// parseClock reads what Clock.String writes, with short actors: "1(0,3] 1(6,7] a(0,1]".
func parseClock(t testing.TB, s string) clock.Clock {
	t.Helper()
	var c clock.Clock
	for _, field := range strings.Fields(s) {
		var actor, after, upto uint64
		if _, err := fmt.Sscanf(field, "%x(%d,%d]", &actor, &after, &upto); err != nil {
			t.Fatalf("%q is no run: %v", field, err)
		}
		c = c.Join(clock.Of(clock.Actor(actor), clock.Run{After: after, Upto: upto}))
	}
	return c
}
