package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/local"
	"github.com/kindreddb/kindred/httpapi/client"
)

// Run preloads, then measures. The workers share the clients evenly. preloaded is called in between. When ctx ends during the measured phase the
// report covers the time until then. The error is that of the first request that failed in the preload, or
// that all requests of the measured phase failed.
func Run(ctx context.Context, clients []*client.Client, p Plan, preloaded func(time.Duration)) (*Report, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if len(clients) == 0 {
		return nil, errors.New("bench: no client")
	}
	k := newKeys(p.Keys)
	workers := make([]*worker, p.Concurrency)
	for i := range workers {
		workers[i] = newWorker(p, clients[i%len(clients)], k, i)
	}
	start := time.Now()
	if err := preload(ctx, workers); err != nil {
		return nil, fmt.Errorf("the preload: %w", err)
	}
	preloaded(time.Since(start))

	before := cpuOf(p.PIDs)
	begin := time.Now()
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() { w.run(ctx, begin) })
	}
	running.Wait()
	report := merge(p, workers, min(time.Since(begin), p.Time))
	report.chargeCPU(before, cpuOf(p.PIDs))
	if report.Operations == 0 && len(report.Errors) > 0 {
		return report, errors.New("no request succeeded")
	}
	return report, nil
}

// preload has every worker write its share; the first fault stops all.
func preload(ctx context.Context, workers []*worker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var loading sync.WaitGroup
	for i, w := range workers {
		loading.Go(func() {
			if err := w.preload(ctx, i, len(workers)); err != nil {
				cancel(err)
			}
		})
	}
	loading.Wait()
	return context.Cause(ctx)
}

// cpuOf reads the CPU time of the processes that can be asked.
func cpuOf(pids []int) map[int]time.Duration {
	used := map[int]time.Duration{}
	for _, pid := range pids {
		if d, err := local.CPU(pid); err == nil {
			used[pid] = d
		}
	}
	return used
}
