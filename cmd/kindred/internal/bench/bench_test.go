package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
)

func TestMixesAreReadsAndWritesOfAHundred(t *testing.T) {
	for text, reads := range map[string]int{"50r50w": 50, "95r5w": 95, "5w95r": 95, "100r": 100, "100w": 0, "0r100w": 0} {
		m, err := ParseMix(text)
		if err != nil || m.Reads != reads {
			t.Errorf("%q is %+v, %v", text, m, err)
		}
		if again, err := ParseMix(m.String()); err != nil || again != m {
			t.Errorf("%q is written %q, which is %+v, %v", text, m, again, err)
		}
	}
	for _, text := range []string{"", "50", "r", "50r", "50r51w", "50r50r", "-1r101w", "1000r", "50r50x", "99999999999999999999r"} {
		if m, err := ParseMix(text); err == nil {
			t.Errorf("%q was taken for %+v", text, m)
		}
	}
}

func TestAPlanReportsEveryFaultAtOnce(t *testing.T) {
	err := Plan{Size: -1, Keys: 0, Time: time.Millisecond, Concurrency: 0}.Validate()
	for _, flag := range []string{"--size", "--keys", "--time", "--concurrency", "--bucket"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%v does not name %s", err, flag)
		}
	}
}

// chained is a server of one rule: a write must carry the context that the last write of its key was
// answered with, or the key has siblings from then on.
type chained struct {
	mu       sync.Mutex
	contexts map[string]string
	siblings int
	fail     func(n int) bool // whether the n-th measured write fails with an unknown outcome
	writes   int
}

func (c *chained) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodGet {
		w.Header().Set("Causal-Context", c.contexts[r.URL.Path])
		w.Header().Set("Siblings", "1")
		io.WriteString(w, "value")
		return
	}
	io.Copy(io.Discard, r.Body)
	c.writes++
	standing := 1
	if before := c.contexts[r.URL.Path]; before != r.Header.Get("Causal-Context") {
		c.siblings++
		standing = 2
	}
	c.contexts[r.URL.Path] = fmt.Sprint("t", c.writes)
	if c.fail != nil && r.Header.Get("Causal-Context") != "" && c.fail(c.writes) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusGatewayTimeout)
		io.WriteString(w, `{"code":"timeout","status":504,"outcome":"unknown"}`)
		return
	}
	w.Header().Set("Causal-Context", c.contexts[r.URL.Path])
	w.Header().Set("Siblings", fmt.Sprint(standing))
	w.WriteHeader(http.StatusNoContent)
}

func start(t *testing.T, c *chained) []*client.Client {
	c.contexts = map[string]string{}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	cl, err := client.New(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return []*client.Client{cl}
}

func TestWritesOfAKeyAreChainedSoThatNoSiblingsPileUp(t *testing.T) {
	server := &chained{}
	p := Plan{Mix: Mix{20}, Size: 100, Keys: 3, Time: 200 * time.Millisecond, Concurrency: 8, Seed: 7, Bucket: "bench", PIDs: []int{os.Getpid()}}
	preloaded := 0
	r, err := Run(t.Context(), start(t, server), p, func(time.Duration) { preloaded = server.writes })
	if err != nil {
		t.Fatal(err)
	}
	if preloaded != 3 || server.siblings != 0 {
		t.Errorf("%d keys preloaded, %d writes made siblings", preloaded, server.siblings)
	}
	if r.Operations == 0 || r.Operations != r.Get.Count+r.Put.Count || len(r.Errors) != 0 || r.Put.P50US < 1 || r.Put.P50US > r.Put.MaxUS || len(r.Timeline) == 0 {
		t.Errorf("the report does not add up: %+v", r)
	}
	if r.ServersCounted != 1 || r.ServerCPUSeconds == nil {
		t.Errorf("the CPU time of pid %d was not counted", os.Getpid())
	}
}

func TestASecondRunOverTheSameKeysOverwritesThem(t *testing.T) {
	server := &chained{}
	c := start(t, server)
	p := Plan{Mix: Mix{100}, Size: 1, Keys: 5, Time: 10 * time.Millisecond, Concurrency: 2, Bucket: "bench"}
	for range 2 {
		if _, err := Run(t.Context(), c, p, func(time.Duration) {}); err != nil {
			t.Fatal(err)
		}
	}
	if server.writes != 5+2*5 {
		t.Errorf("%d writes; the second preload writes each key blindly, reads it, and covers what it found", server.writes)
	}
}

func TestErrorsAreCountedByCodeAndLeaveNoSiblingsBehind(t *testing.T) {
	server := &chained{fail: func(n int) bool { return n%5 == 0 }}
	p := Plan{Mix: Mix{0}, Size: 8, Keys: 2, Time: 100 * time.Millisecond, Concurrency: 2, Bucket: "bench"}
	r, err := Run(t.Context(), start(t, server), p, func(time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	if r.Errors["timeout"] == 0 || server.siblings != 0 {
		t.Errorf("errors %v, %d siblings", r.Errors, server.siblings)
	}
}

func TestAClusterThatIsNotThereEndsThePreload(t *testing.T) {
	c, err := client.New("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	p := Plan{Size: 1, Keys: 1000, Time: time.Second, Concurrency: 4, Bucket: "bench"}
	if r, err := Run(t.Context(), []*client.Client{c}, p, func(time.Duration) { t.Error("said to be loaded") }); err == nil || r != nil || !client.IsUnreachable(err) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestAStoppedRunReportsWhatItHas(t *testing.T) {
	server := &chained{}
	ctx, cancel := context.WithCancel(t.Context())
	p := Plan{Mix: Mix{50}, Size: 1, Keys: 10, Time: time.Hour, Concurrency: 2, Bucket: "bench"}
	r, err := Run(ctx, start(t, server), p, func(time.Duration) { time.AfterFunc(20*time.Millisecond, cancel) })
	if err != nil || r == nil || r.Seconds > 60 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestTheOrderOfOperationsIsDrawnFromTheSeed(t *testing.T) {
	draws := func(seed uint64) string {
		w := newWorker(Plan{Seed: seed, Keys: 10, Size: 24}, nil, newKeys(10), 3)
		return fmt.Sprint(w.draw.IntN(1000), w.keys.free(w.draw), value(w.buffer, w.draw))
	}
	first, again, other := draws(1), draws(1), draws(2)
	if first != again || first == other {
		t.Errorf("seed 1 drew %s and %s, seed 2 %s", first, again, other)
	}
}

func TestTheReportIsOnePageOfHTMLAndJSONWithoutLoss(t *testing.T) {
	server := &chained{}
	p := Plan{Mix: Mix{50}, Size: 10, Keys: 4, Time: 50 * time.Millisecond, Concurrency: 2, Bucket: "bench"}
	r, err := Run(t.Context(), start(t, server), p, func(time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	r.Errors["<script>"] = 1
	var page bytes.Buffer
	if err := r.WritePage(&page, "0.1.0", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<!doctype html>", "<svg", "<polyline", "50r50w", "1970-01-01", "&lt;script&gt;"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script>", "http://", "https://", "NaN", "Inf"} {
		if strings.Contains(page.String(), not) {
			t.Errorf("the page holds %q", not)
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil || back.Put.P99US != r.Put.P99US || back.ServerCPUSeconds != nil {
		t.Errorf("%s came back as %+v, %v", b, back, err)
	}
}
