package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/bench"
	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/local"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/client"
)

func (a *app) benchCommand() *cobra.Command {
	p := bench.Plan{}
	var mix, size, keys, html string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Load a cluster and measure it",
		Long: `Load a cluster and measure it: that many clients, each of which waits for an answer before
it asks again, spread over the addresses of --addr. Every key is written once before; then
reads and writes are mixed for a time. The servers' CPU time is read from /proc where they run on this machine.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readPlan(&p, mix, size, keys); err != nil {
				return usage(cmd, "%v", err)
			}
			return a.bench(cmd, p, html)
		},
	}
	a.addrFlags(cmd, true, true)
	f := cmd.Flags()
	f.StringVar(&mix, "mix", "50r50w", "reads and writes of a hundred operations, as 95r5w or 100r")
	f.StringVar(&size, "size", "1KiB", "size of a value")
	f.StringVar(&keys, "keys", "100k", "how many keys")
	f.DurationVar(&p.Time, "time", 30*time.Second, "how long to measure, 10ms to 24h")
	f.IntVar(&p.Concurrency, "concurrency", 16, "clients at once")
	f.Uint64Var(&p.Seed, "seed", 1, "what the order of operations and the values are drawn from")
	f.StringVar(&p.Bucket, "bucket", "bench", "the bucket that the keys are written to")
	f.StringVar(&p.Options.R, "r", "", "replicas that a read waits for")
	f.StringVar(&p.Options.W, "w", "", "replicas that a write waits for")
	f.IntSliceVar(&p.PIDs, "pid", nil, "process ids of the servers, for their CPU time (default: found by their ports)")
	f.StringVar(&html, "html", "", "write the report to this file too, as one page with drawings")
	return cmd
}

// readPlan reads what people write with units, and checks the whole.
func readPlan(p *bench.Plan, mix, size, keys string) error {
	var faults []error
	var err error
	if p.Mix, err = bench.ParseMix(mix); err != nil {
		faults = append(faults, fmt.Errorf("--mix: %w", err))
	}
	if n, err := figures.ParseBytes(size); err != nil {
		faults = append(faults, fmt.Errorf("--size: %w", err))
	} else {
		p.Size = int(n)
	}
	if n, err := figures.ParseCount(keys); err != nil {
		faults = append(faults, fmt.Errorf("--keys: %w", err))
	} else {
		p.Keys = int(n)
	}
	if len(faults) == 0 {
		faults = append(faults, p.Validate())
	}
	return errors.Join(faults...)
}

func (a *app) bench(cmd *cobra.Command, p bench.Plan, html string) error {
	clients, err := a.clientsOfEach()
	if err != nil {
		return err
	}
	var page *os.File
	if html != "" { // before the work, not after it
		if page, err = os.Create(html); err != nil {
			return &failure{exit: exitFailed, message: err.Error(), next: "Name another file: --html FILE", cause: err}
		}
		defer page.Close()
	}
	if len(p.PIDs) == 0 {
		p.PIDs = a.serverPIDs(cmd.Context())
	}
	if !a.json() {
		a.printf("bench %s · %s values · %s · %s · seed %d\n", p.Mix, figures.Bytes(int64(p.Size)),
			figures.Plural(int64(p.Keys), "key"), figures.Plural(int64(p.Concurrency), "client"), p.Seed)
	}
	report, err := bench.Run(cmd.Context(), clients, p, func(took time.Duration) {
		if !a.json() {
			a.printf("  loaded in %s, now measuring for %v\n", figures.Seconds(took), p.Time)
		}
	})
	if report == nil {
		return a.clientFailure(err, a.addr, "--addr", "")
	}
	if a.json() {
		err = errors.Join(err, a.printJSON(report))
	} else {
		a.printf("%s", benchText(report))
	}
	if page != nil {
		if err := errors.Join(report.WritePage(page, version, now()), page.Close()); err != nil {
			return &failure{exit: exitFailed, message: "the page: " + err.Error(), next: "Name another file: --html FILE", cause: err}
		}
		if !a.json() {
			a.printf("report %s\n", html)
		}
	}
	if err != nil {
		return &failure{exit: exitFailed, message: err.Error(), next: "See what is wrong: " + self() + " status", cause: err}
	}
	return nil
}

// clientsOfEach makes one client for each address given, each with that address first: the load is spread.
func (a *app) clientsOfEach() ([]*client.Client, error) {
	addresses := split(a.addr)
	var clients []*client.Client
	for i := range addresses {
		c, err := client.New(slices.Concat(addresses[i:], addresses[:i])...)
		if err != nil {
			return nil, a.clientFailure(err, a.addr, "--addr", "")
		}
		clients = append(clients, c)
	}
	return clients, nil
}

// serverPIDs finds the servers of the cluster that run on this machine, by the ports of their data
// listeners.
func (a *app) serverPIDs(ctx context.Context) []int {
	addresses := split(a.addr)
	if a.addrsAreOneWorld {
		if admin, err := client.NewAdmin(split(a.adminAddr)...); err == nil {
			if cluster, err := admin.Cluster(ctx); err == nil {
				for _, n := range cluster.Nodes {
					addresses = append(addresses, n.Data)
				}
			}
		}
	}
	var pids []int
	for _, address := range addresses {
		host, text, err := net.SplitHostPort(address)
		if err != nil || !isLocal(host) {
			continue
		}
		port, _ := strconv.Atoi(text)
		if pid, _, ok := local.Listener(port); ok && !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isLocal says whether the host is this machine.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	own, _ := net.InterfaceAddrs()
	for _, address := range own {
		if network, ok := address.(*net.IPNet); ok && ip != nil && network.IP.Equal(ip) {
			return true
		}
	}
	return false
}

func benchText(r *bench.Report) string {
	table := show.NewTable("op", "count", "p50 ms", "p90", "p99", "p99.9", "max")
	millis := func(us int64) string { return figures.Millis(float64(us) / 1000) }
	for _, row := range []struct {
		name string
		l    bench.Latency
	}{{"get", r.Get}, {"put", r.Put}} {
		if row.l.Count > 0 {
			table.Row(row.name, figures.Count(row.l.Count), millis(row.l.P50US), millis(row.l.P90US), millis(row.l.P99US), millis(row.l.P999US), millis(row.l.MaxUS))
		}
	}
	var failed int64
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(r.Errors)) {
		failed += r.Errors[code]
		codes = append(codes, fmt.Sprintf("%s %s", figures.Count(r.Errors[code]), code))
	}
	line := fmt.Sprintf("%s ops/s over %s · ", figures.Count(int64(r.OpsPerSecond)), figures.Seconds(time.Duration(r.Seconds*float64(time.Second))))
	if failed == 0 {
		line += "0 errors"
	} else {
		line += fmt.Sprintf("%s (%s)", figures.Plural(failed, "error"), strings.Join(codes, ", "))
	}
	cpu := "server CPU not known: no server of the cluster runs here, or one came or went (--pid names them)"
	if r.ServerCPUPer1000Ops != nil {
		cpu = fmt.Sprintf("%.3f server CPU-seconds for 1,000 operations, %s together", *r.ServerCPUPer1000Ops, figures.Plural(int64(r.ServersCounted), "server"))
	}
	return table.String() + line + "\n" + cpu + "\n"
}
