package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/kindreddb/kindred/httpapi/client"
)

// Histograms hold microseconds, with three digits.
const (
	latencyMin    = 1
	latencyMax    = 75 * 1000 * 1000 // the client gives up before
	latencyDigits = 3
)

// worker is one client in its loop.
type worker struct {
	plan   Plan
	client *client.Client
	keys   *keys
	draw   *rand.Rand
	buffer []byte

	begin    time.Time
	get, put *hdrhistogram.Histogram
	seconds  []second
	errors   map[string]int64
	siblings int64 // reads that found several values
}

// second is what was answered within one second of the run.
type second struct {
	ops     int64
	latency *hdrhistogram.Histogram
}

func newWorker(p Plan, c *client.Client, k *keys, number int) *worker {
	return &worker{
		plan: p, client: c, keys: k,
		draw:   rand.New(rand.NewPCG(p.Seed, uint64(number))),
		buffer: make([]byte, p.Size),
		get:    hdrhistogram.New(latencyMin, latencyMax, latencyDigits),
		put:    hdrhistogram.New(latencyMin, latencyMax, latencyDigits),
		errors: map[string]int64{},
	}
}

// preload writes every stride-th key from the first on, so that it holds exactly one value. Keys that an
// earlier run left are overwritten by what was read of them.
func (w *worker) preload(ctx context.Context, first, stride int) error {
	for i := first; i < w.plan.Keys && ctx.Err() == nil; i += stride {
		wrote, err := w.client.Put(ctx, w.plan.Bucket, w.keys.name(i), value(w.buffer, w.draw), w.putOptions(""))
		if err != nil {
			return err
		}
		if wrote.Standing > 1 {
			read, err := w.client.Get(ctx, w.plan.Bucket, w.keys.name(i), client.GetOptions{Options: w.plan.Options})
			if err != nil {
				return err
			}
			if wrote, err = w.client.Put(ctx, w.plan.Bucket, w.keys.name(i), value(w.buffer, w.draw), w.putOptions(read.Context)); err != nil {
				return err
			}
		}
		w.keys.contexts[i] = wrote.Context // no writer but this one yet
	}
	return ctx.Err()
}

func (w *worker) putOptions(seen string) client.PutOptions {
	return client.PutOptions{Options: w.plan.Options, Context: seen}
}

// run goes round until the time is over or ctx ends. What is on its way then is waited for and not counted.
func (w *worker) run(ctx context.Context, begin time.Time) {
	w.begin = begin
	for ctx.Err() == nil && time.Since(begin) < w.plan.Time {
		if w.draw.IntN(100) < w.plan.Mix.Reads {
			w.read(ctx)
		} else {
			w.write(ctx)
		}
	}
}

func (w *worker) read(ctx context.Context) {
	key := w.keys.name(w.draw.IntN(w.plan.Keys))
	start := time.Now()
	read, err := w.client.Get(ctx, w.plan.Bucket, key, client.GetOptions{Options: w.plan.Options})
	w.record(w.get, start, err)
	if err == nil && len(read.Siblings) > 1 {
		w.siblings++
	}
}

func (w *worker) write(ctx context.Context) {
	i := w.keys.free(w.draw)
	defer w.keys.locks[i].Unlock()
	body := value(w.buffer, w.draw)
	start := time.Now()
	wrote, err := w.client.Put(ctx, w.plan.Bucket, w.keys.name(i), body, w.putOptions(w.keys.contexts[i]))
	w.record(w.put, start, err)
	switch {
	case err == nil && wrote.Standing <= 1:
		w.keys.contexts[i] = wrote.Context
	case ctx.Err() == nil:
		// An earlier write of unknown outcome stands beside this one: the next covers both.
		if read, err := w.client.Get(ctx, w.plan.Bucket, w.keys.name(i), client.GetOptions{Options: w.plan.Options}); err == nil && read.Context != "" {
			w.keys.contexts[i] = read.Context
		}
	}
}

// record counts one answer, unless it came after the end.
func (w *worker) record(h *hdrhistogram.Histogram, start time.Time, err error) {
	end := time.Now()
	at := end.Sub(w.begin)
	if at >= w.plan.Time {
		return
	}
	if err != nil {
		var e *client.Error
		switch {
		case errors.Is(err, context.Canceled):
		case errors.As(err, &e):
			w.errors[e.Code]++
		default:
			w.errors["other"]++
		}
		return
	}
	micros := min(max(end.Sub(start).Microseconds(), latencyMin), latencyMax)
	h.RecordValue(micros) // within the bounds, so it does not fail
	for len(w.seconds) <= int(at/time.Second) {
		w.seconds = append(w.seconds, second{latency: hdrhistogram.New(latencyMin, latencyMax, 2)})
	}
	s := &w.seconds[at/time.Second]
	s.ops++
	s.latency.RecordValue(micros)
}
