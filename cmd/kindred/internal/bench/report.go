package bench

import (
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is the outcome of a run, as -o json writes it. Times are in the unit that their names end with.
type Report struct {
	Mix            string  `json:"mix"`
	ValueBytes     int     `json:"value_bytes"`
	Keys           int     `json:"keys"`
	Concurrency    int     `json:"concurrency"`
	Seed           uint64  `json:"seed"`
	Seconds        float64 `json:"seconds"`
	Cores          int     `json:"cores"` // of the machine that made the load
	Operations     int64   `json:"operations"`
	OpsPerSecond   float64 `json:"ops_per_second"`
	Get            Latency `json:"get"`
	Put            Latency `json:"put"`
	SiblingReads   int64   `json:"sibling_reads"` // reads that found several values
	ServersCounted int     `json:"servers_counted"`
	// ServerCPU is of all servers together; null where none could be asked, or one came or went.
	ServerCPUSeconds    *float64         `json:"server_cpu_seconds"`
	ServerCPUPer1000Ops *float64         `json:"server_cpu_seconds_per_1000_ops"`
	Errors              map[string]int64 `json:"errors"`
	Timeline            []Second         `json:"timeline"`
}

// Latency is one kind of operation. Count holds those that succeeded.
type Latency struct {
	Count  int64        `json:"count"`
	MeanUS float64      `json:"mean_us"`
	P50US  int64        `json:"p50_us"`
	P90US  int64        `json:"p90_us"`
	P99US  int64        `json:"p99_us"`
	P999US int64        `json:"p999_us"`
	MaxUS  int64        `json:"max_us"`
	Curve  []Percentile `json:"curve,omitempty"`
}

// Percentile is one point of the distribution.
type Percentile struct {
	Percent float64 `json:"percent"`
	US      int64   `json:"us"`
}

// Second is one second of the run.
type Second struct {
	Ops   int64 `json:"ops"`
	P50US int64 `json:"p50_us"`
	P99US int64 `json:"p99_us"`
}

// merge adds up what the workers counted.
func merge(p Plan, workers []*worker, took time.Duration) *Report {
	r := &Report{
		Mix: p.Mix.String(), ValueBytes: p.Size, Keys: p.Keys, Concurrency: p.Concurrency, Seed: p.Seed,
		Seconds: took.Seconds(), Cores: runtime.NumCPU(), Errors: map[string]int64{}, Timeline: []Second{},
	}
	get := hdrhistogram.New(latencyMin, latencyMax, latencyDigits)
	put := hdrhistogram.New(latencyMin, latencyMax, latencyDigits)
	var seconds []second
	for _, w := range workers {
		get.Merge(w.get)
		put.Merge(w.put)
		r.SiblingReads += w.siblings
		for code, n := range w.errors {
			r.Errors[code] += n
		}
		for i, s := range w.seconds {
			if i == len(seconds) {
				seconds = append(seconds, second{latency: hdrhistogram.New(latencyMin, latencyMax, 2)})
			}
			seconds[i].ops += s.ops
			seconds[i].latency.Merge(s.latency)
		}
	}
	r.Get, r.Put = latencyOf(get), latencyOf(put)
	r.Operations = r.Get.Count + r.Put.Count
	if took > 0 {
		r.OpsPerSecond = float64(r.Operations) / took.Seconds()
	}
	for _, s := range seconds {
		r.Timeline = append(r.Timeline, Second{s.ops, s.latency.ValueAtQuantile(50), s.latency.ValueAtQuantile(99)})
	}
	return r
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	l := Latency{
		Count: h.TotalCount(), MeanUS: h.Mean(), P50US: h.ValueAtQuantile(50), P90US: h.ValueAtQuantile(90),
		P99US: h.ValueAtQuantile(99), P999US: h.ValueAtQuantile(99.9), MaxUS: h.Max(),
	}
	if l.Count == 0 {
		return Latency{}
	}
	for _, percent := range []float64{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9, 99.99, 100} {
		l.Curve = append(l.Curve, Percentile{percent, h.ValueAtQuantile(percent)})
	}
	return l
}

// chargeCPU fills in what the servers used between the two readings.
func (r *Report) chargeCPU(before, after map[int]time.Duration) {
	var used time.Duration
	for pid, then := range before {
		now, ok := after[pid]
		if !ok {
			return // it died: its time is lost, and the sum would flatter
		}
		used += now - then
	}
	if len(before) == 0 {
		return
	}
	r.ServersCounted = len(before)
	seconds := used.Seconds()
	r.ServerCPUSeconds = &seconds
	if r.Operations > 0 {
		per := seconds / float64(r.Operations) * 1000
		r.ServerCPUPer1000Ops = &per
	}
}
