package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
)

// Options are what a demo is told.
type Options struct {
	Program string // the executable of the servers
	Call    string // how a user calls this program: "kindred"
	Version string
	Folder  string
	Keep    bool
	Nodes   []Node   // from Plan
	Extra   []string // further arguments for every server
	Out     io.Writer
	Ready   func(State) // called once all nodes are ready; may be nil
}

// Limits of a demo's patience.
const (
	readyWithin = 30 * time.Second
	stopWithin  = 15 * time.Second // above the servers' own 10s of draining
	pollEvery   = 25 * time.Millisecond
)

// Run starts the cluster, says where it is, and stays until ctx ends; then everything is stopped and, unless
// it is to be kept, deleted. Once kill is closed the children are not waited for any more. Errors: ErrRuns,
// ErrNotOurs, a busy port, a server that did not become ready.
func Run(ctx context.Context, kill <-chan struct{}, o Options) (err error) {
	if busy := Busy(o.Nodes); len(busy) > 0 {
		if runs(o.Folder) {
			return fmt.Errorf("%s: %w", o.Folder, ErrRuns)
		}
		return &BusyError{busy}
	}
	lock, err := open(o.Folder, o.Keep)
	if err != nil {
		return err
	}
	defer lock.Close()
	launcher := newLauncher()
	defer launcher.close()
	r := &running{Options: o, launcher: launcher, state: State{PID: os.Getpid(), Keep: o.Keep, Nodes: o.Nodes}}
	defer func() {
		r.stop(kill)
		if !o.Keep {
			err = errors.Join(err, os.RemoveAll(o.Folder))
		}
	}()

	begin := time.Now()
	for i := range r.state.Nodes {
		if err := r.start(i); err != nil {
			return err
		}
	}
	r.introduce()
	if err := r.await(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	fmt.Fprintf(o.Out, "Ready in %s · n=3 r=2 w=2 · 256 partitions · any node answers for any key\n", figures.Seconds(time.Since(begin)))
	fmt.Fprintf(o.Out, "Try, in another terminal:\n  curl -i -X PUT %s/kv/carts/ana -d milk\n  curl -i        %s/kv/carts/ana\n  %s status\n",
		o.Nodes[0].Data, o.Nodes[1].Data, r.call("status"))
	fmt.Fprintln(o.Out, "Press Ctrl-C to stop everything.")
	if o.Ready != nil {
		o.Ready(r.state)
	}
	r.watch(ctx)
	return nil
}

// BusyError names the addresses that others hold.
type BusyError struct{ Addresses []string }

// Error lists them, one a line.
func (e *BusyError) Error() string {
	return "nothing was started, because ports are taken:\n  " + strings.Join(e.Addresses, "\n  ")
}

// running is a demo at work. It is used by one goroutine.
type running struct {
	Options
	launcher *launcher
	state    State
	children [3]*child // nil where one has died and was reported
}

func (r *running) start(i int) error {
	var join []string
	for _, n := range r.state.Nodes {
		join = append(join, n.Gossip)
	}
	c, err := r.launcher.launch(r.Program, r.Folder, r.state.Nodes[i], join, r.Extra)
	if err != nil {
		return err
	}
	r.children[i] = c
	r.state.Nodes[i].PID = c.node.PID
	return r.state.write(r.Folder)
}

func (r *running) introduce() {
	fate := "deleted on exit; --keep to retain"
	if r.Keep {
		fate = "kept on exit"
	}
	folder := r.Folder
	if !filepath.IsAbs(folder) {
		folder = "./" + filepath.Clean(folder)
	}
	fmt.Fprintf(r.Out, "kindred %s · demo cluster in %s (%s)\n", r.Version, folder, fate)
	table := show.NewTable("node", "pid", "data", "admin and dashboard")
	for _, n := range r.state.Nodes {
		table.Row(n.Name, fmt.Sprint(n.PID), "http://"+n.Data, "http://"+n.Admin+"/ui/")
	}
	fmt.Fprint(r.Out, table)
}

// call is a command line for the user, with the addresses where they are not the usual ones.
func (r *running) call(command string) string {
	usual, _ := Plan(0)
	if r.Nodes[0].Admin == usual[0].Admin {
		return r.Call
	}
	return fmt.Sprintf("KINDRED_ADDR=%s KINDRED_ADMIN_ADDR=%s %s", r.Nodes[0].Data, r.Nodes[0].Admin, r.Call)
}

// await returns when every node says that it is ready, when one has died, or when ctx ends.
func (r *running) await(ctx context.Context) error {
	deadline := time.Now().Add(readyWithin)
	for i := 0; i < len(r.children); {
		switch c := r.children[i]; {
		case ctx.Err() != nil:
			return nil
		case c.gone():
			log := filepath.Join(r.Folder, c.node.Name+".log")
			return fmt.Errorf("%s did not start (%s). The end of its log:\n  %s", c.node.Name, c.fate, strings.Join(lastLines(log, 5), "\n  "))
		case time.Now().After(deadline):
			log := filepath.Join(r.Folder, c.node.Name+".log")
			return fmt.Errorf("%s was not ready within %v. The end of its log:\n  %s", c.node.Name, readyWithin, strings.Join(lastLines(log, 5), "\n  "))
		case ready(ctx, c.node):
			i++
		default:
			pause(ctx, pollEvery)
		}
	}
	return nil
}

func (c *child) gone() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// ready asks the node whether it can coordinate.
func ready(ctx context.Context, n Node) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Data+"/readyz", nil)
	if err != nil {
		return false
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
