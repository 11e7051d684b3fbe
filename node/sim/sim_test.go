package sim

import (
	"slices"
	"testing"
	"testing/synctest"
)

// run gives f a cluster inside a bubble, and closes it.
func run(t *testing.T, c Config, f func(t *testing.T, c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cl, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		f(t, cl)
	})
}

func TestWhatIsWrittenAtOneMemberIsReadAtEveryOther(t *testing.T) {
	run(t, Config{Seed: 1}, func(t *testing.T, c *Cluster) {
		client := c.Client()
		for _, m := range c.Members {
			w := client.Do(Request{At: m, Kind: Write, Key: m.Name, Value: "from " + m.Name})
			if w.Outcome != OK {
				t.Fatal(w, w.Detail)
			}
			for _, other := range c.Members {
				r := client.Do(Request{At: other, Key: m.Name, Seen: w.Got})
				if r.Outcome != OK || !slices.Equal(r.Values, []string{w.Value}) || !r.Covers {
					t.Errorf("%s: %s, covers %t", r, r.Detail, r.Covers)
				}
			}
		}
	})
}
