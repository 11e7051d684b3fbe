package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/httpapi"
)

// lines takes a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// all gives what was logged, one line each.
func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.b.String(), "\n"), "\n")
}

func TestAPutThatLeavesMoreThan25SiblingsIsToldOf(t *testing.T) {
	log := new(lines)
	w := start(t, func(c *httpapi.Config) { c.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	const target, metric = "/kv/b/a%0Aforged%20%22line%FF", "kindred_http_puts_leaving_many_siblings_total"
	for i := range 25 {
		w.put(target, fmt.Sprint(i))
	}
	if got := log.all(); w.metric(metric) != 0 || got[0] != "" {
		t.Fatalf("25 siblings were told of: %q", got)
	}
	for i := range 10 {
		w.put(target, fmt.Sprint("more ", i))
	}
	var line struct {
		Level, Path string
		Siblings    int
	}
	got := log.all()
	if err := json.Unmarshal([]byte(got[0]), &line); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	if line.Level != "WARN" || line.Path != target || line.Siblings != 26 {
		t.Errorf("the line is %s", got[0])
	}
	if n := w.metric(metric); n != 10 {
		t.Errorf("%d puts were counted, want 10", int(n))
	}
	w.want(204, w.do("PUT", target, "merged", "Causal-Context", w.object(target).Context))
	if n := w.metric(metric); n != 10 {
		t.Errorf("the put that merged them was counted: %d", n)
	}
}
