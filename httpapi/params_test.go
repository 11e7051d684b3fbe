package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/httpapi/memory"
	"github.com/kindreddb/kindred/node"
)

func TestParametersThatAreNotUnderstoodAreRefused(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ name, query, says string }{
		{"r of 0", "r=0", "1 to 3"},
		{"w of 0", "w=0", "1 to 3"},
		{"r above n", "r=4", "1 to 3"},
		{"w far above n", "w=99", "1 to 3"},
		{"pw above n", "pw=4", "0 to 3"},
		{"a negative r", "r=-1", "1 to 3"},
		{"an r that is no number", "r=abc", "1 to 3"},
		{"an r with a fraction", "r=1.5", "1 to 3"},
		{"an r with a sign", "r=%2B2", "1 to 3"},
		{"an empty r", "r=", "1 to 3"},
		{"r without a value", "r", "1 to 3"},
		{"r twice", "r=1&r=1", "repeated"},
		{"r twice, once encoded", "r=1&%72=1", "repeated"},
		{"W in upper case", "W=3", "lower case"},
		{"quorum in upper case", "w=QUORUM", "quorum or all"},
		{"an unknown parameter", "foo=1", "no parameter foo"},
		{"a parameter without a name", "=1", "no parameter"},
		{"an empty parameter", "r=1&", "no parameter"},
		{"a badly encoded parameter", "r=%zz", "percent-encoded"},
		{"a timeout of 0", "timeout=0", "1ms to 60s"},
		{"a timeout of 0 with a unit", "timeout=0s", "1ms to 60s"},
		{"a timeout without a unit", "timeout=5", "1ms to 60s"},
		{"a timeout of 10^9 seconds", "timeout=1000000000s", "1ms to 60s"},
		{"a timeout of a minute and a bit", "timeout=60001ms", "1ms to 60s"},
		{"a timeout below a millisecond", "timeout=999us", "1ms to 60s"},
		{"a negative timeout", "timeout=-1s", "1ms to 60s"},
		{"sloppy that is neither", "sloppy=no", "true or false"},
		{"a value that would fill the answer", "r=" + strings.Repeat("9", 4000), "1 to 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				p := wantProblem(t, 400, "invalid-parameter", w.do(method, "/kv/b/k?"+c.query, ""))
				if !strings.Contains(p.Detail, c.says) || len(p.Detail) > 300 {
					t.Errorf("%s: the detail %q does not say %q", method, p.Detail, c.says)
				}
			}
		})
	}
	for _, c := range []struct{ method, query string }{
		{"GET", "return=object"}, {"PUT", "return=all"}, {"PUT", "explain=true"}, {"DELETE", "explain=true"}, {"GET", "explain=1"},
	} {
		w.wantProblem(400, "invalid-parameter", w.do(c.method, "/kv/b/k?"+c.query, ""))
	}
	if w.backend.Writes() != 0 {
		t.Error("something was stored")
	}
}

// recorder keeps the options of the last request.
type recorder struct {
	*memory.Backend
	options node.Options
}

func (r *recorder) Get(ctx context.Context, g node.GetRequest) (node.Answer, error) {
	r.options = g.Options
	return r.Backend.Get(ctx, g)
}

func TestParametersReachTheBackend(t *testing.T) {
	r := &recorder{Backend: memory.New(nil)}
	w := start(t, func(c *httpapi.Config) { c.Backend = r })
	unset := node.DefaultOptions()
	for query, want := range map[string]node.Options{
		"":                              unset,
		"?":                             unset,
		"?r=one&pr=all&w=quorum":        {R: 1, W: node.LevelQuorum, PR: node.LevelAll, PW: node.LevelUnset, DW: node.LevelUnset},
		"?r=3&pr=0&pw=0&dw=0":           {R: 3, W: node.LevelUnset, PR: 0, PW: 0, DW: 0},
		"?sloppy=false&timeout=1.5s":    {R: node.LevelUnset, W: node.LevelUnset, PR: node.LevelUnset, PW: node.LevelUnset, DW: node.LevelUnset, NoSloppy: true, Timeout: 1500 * time.Millisecond},
		"?sloppy=true&timeout=1m&r=%32": {R: 2, W: node.LevelUnset, PR: node.LevelUnset, PW: node.LevelUnset, DW: node.LevelUnset, Timeout: time.Minute},
	} {
		w.want(404, w.do("GET", "/kv/b/k"+query, ""))
		if r.options != want {
			t.Errorf("%s: the backend got %+v, want %+v", query, r.options, want)
		}
	}
}
