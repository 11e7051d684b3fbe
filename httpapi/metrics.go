package httpapi

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// metrics counts what the server did. No name of a bucket or key is ever a label: their number has no bound.
type metrics struct {
	connections map[listener]*atomic.Int64 // open now
	turnedAway  atomic.Int64
	// manySiblings counts puts that left more than siblingsWarn.
	manySiblings atomic.Int64
	problems     counts
	requests     requestCounts
}

func newMetrics() *metrics {
	return &metrics{connections: map[listener]*atomic.Int64{data: {}, admin: {}}}
}

// counts is a set of counters by name. The zero value is ready.
type counts struct {
	mu sync.Mutex
	of map[string]int64
}

func (c *counts) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int64{}
	}
	c.of[name]++
}

func (c *counts) all() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.of)
}

// requestCounts counts requests by operation and status, and how long they took by operation.
type requestCounts struct {
	mu     sync.Mutex
	status map[opStatus]int64
	took   map[string]*histogram
}

type opStatus struct {
	op     string
	status int
}

// histogram counts durations in buckets, as Prometheus wants them.
type histogram struct {
	counts [len(bounds) + 1]int64
	sum    time.Duration
}

// bounds of the buckets.
var bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// observe counts one request, from the end of its head to its response.
func (m *metrics) observe(op string, status int, took time.Duration) {
	bucket, _ := slices.BinarySearch(bounds[:], took)
	r := &m.requests
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == nil {
		r.status, r.took = map[opStatus]int64{}, map[string]*histogram{}
	}
	r.status[opStatus{op, status}]++
	h := r.took[op]
	if h == nil {
		h = new(histogram)
		r.took[op] = h
	}
	h.counts[bucket]++
	h.sum += took
}

// write gives all metrics in the Prometheus text format, in a fixed order.
func (m *metrics) write(out io.Writer) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	head(w, "kindred_http_connections", "gauge", "Open connections by listener.")
	fmt.Fprintf(w, "kindred_http_connections{listener=\"data\"} %d\n", m.connections[data].Load())
	fmt.Fprintf(w, "kindred_http_connections{listener=\"admin\"} %d\n", m.connections[admin].Load())
	head(w, "kindred_http_connections_turned_away_total", "counter", "Connections beyond the limits.")
	fmt.Fprintf(w, "kindred_http_connections_turned_away_total %d\n", m.turnedAway.Load())
	head(w, "kindred_http_problems_total", "counter", "Answers with a problem document by its code.")
	problems := m.problems.all()
	for _, code := range slices.Sorted(maps.Keys(problems)) {
		fmt.Fprintf(w, "kindred_http_problems_total{code=%q} %d\n", code, problems[code])
	}
	head(w, "kindred_http_puts_leaving_many_siblings_total", "counter", fmt.Sprintf("Puts that left more than %d siblings.", siblingsWarn))
	fmt.Fprintf(w, "kindred_http_puts_leaving_many_siblings_total %d\n", m.manySiblings.Load())
	m.requests.write(w)
}

func (r *requestCounts) write(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	head(w, "kindred_http_requests_total", "counter", "Requests by operation and status.")
	keys := slices.SortedFunc(maps.Keys(r.status), func(a, b opStatus) int {
		return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.status, b.status))
	})
	for _, k := range keys {
		fmt.Fprintf(w, "kindred_http_requests_total{op=%q,status=\"%d\"} %d\n", k.op, k.status, r.status[k])
	}
	head(w, "kindred_http_request_seconds", "histogram", "Time from a request's head to its response, its body included.")
	for _, op := range slices.Sorted(maps.Keys(r.took)) {
		h, total := r.took[op], int64(0)
		for i, n := range h.counts {
			total += n
			le := "+Inf"
			if i < len(bounds) {
				le = strconv.FormatFloat(bounds[i].Seconds(), 'g', -1, 64)
			}
			fmt.Fprintf(w, "kindred_http_request_seconds_bucket{op=%q,le=%q} %d\n", op, le, total)
		}
		fmt.Fprintf(w, "kindred_http_request_seconds_sum{op=%q} %g\n", op, h.sum.Seconds())
		fmt.Fprintf(w, "kindred_http_request_seconds_count{op=%q} %d\n", op, total)
	}
}

func head(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}
