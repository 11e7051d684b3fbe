package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var folder string
	var keep bool
	var portBase int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a cluster of three nodes on this machine, for a first look",
		Long: `Run a cluster of three nodes on this machine, each a process of its own, until Ctrl-C.
Everything is in one folder, which is deleted on exit unless --keep is said; a kept cluster
is taken up again by the next demo there. A node that dies is reported and not restarted:
kindred demo restart NODE, from another terminal, does that.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			nodes, err := demo.Plan(portBase)
			if err != nil {
				return usage(cmd, "%v", err)
			}
			return a.demo(cmd, demo.Options{Folder: folder, Keep: keep, Nodes: nodes})
		},
	}
	cmd.PersistentFlags().StringVar(&folder, "data", demo.DefaultFolder, "the demo's folder")
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the folder on exit")
	cmd.Flags().IntVar(&portBase, "port-base", 0, "use twelve ports from this one on (default: 8098, 8198, 8298 and so on)")
	cmd.AddCommand(&cobra.Command{
		Use:   "restart NODE",
		Short: "End a node of the running demo, where it still lives, and start it again",
		Long: `End a node of the running demo, where it still lives, and start it again on its data. A node
that lives finishes its requests first.`,
		Args: exactly(1, "one node's name, as n3"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.demoRestart(cmd, folder, args[0])
		},
	})
	return cmd
}

func (a *app) demo(cmd *cobra.Command, o demo.Options) error {
	program, err := os.Executable()
	if err != nil {
		return &failure{exit: exitFailed, message: "this program does not find itself: " + err.Error(), cause: err}
	}
	o.Program, o.Call, o.Version, o.Out = program, self(), version, a.out
	if a.json() {
		o.Out, o.Ready = a.errOut, func(s demo.State) { a.printJSON(s) }
	}

	// The first Ctrl-C ends the context; the second one, or one during the end, kills what still runs.
	kill := make(chan struct{})
	defer atSecondSignal(func() { close(kill) })()

	// A terminal that is closed ends the demo as Ctrl-C does; a server alone would let it pass.
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
	defer stop()
	err = demo.Run(ctx, kill, o)
	var busy *demo.BusyError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &busy):
		return &failure{exit: exitFailed, message: err.Error(), next: "Stop what holds them, or move the demo: " + self() + " demo --port-base 18000", cause: err}
	case errors.Is(err, demo.ErrRuns):
		return &failure{exit: exitFailed, message: err.Error(), next: "Look at it: " + self() + " status", cause: err}
	case errors.Is(err, demo.ErrNotOurs):
		return &failure{exit: exitFailed, message: err.Error(), next: "Choose another one: " + self() + " demo --data FOLDER", cause: err}
	}
	return &failure{exit: exitFailed, message: err.Error(), next: "Keep the logs: " + self() + " demo --keep", cause: err}
}

func (a *app) demoRestart(cmd *cobra.Command, folder, name string) error {
	node, err := demo.Restart(cmd.Context(), folder, name)
	if errors.Is(err, demo.ErrNoDemo) {
		return &failure{exit: exitFailed, message: err.Error(), next: "Start one: " + self() + " demo", cause: err}
	}
	if err != nil {
		return &failure{exit: exitFailed, message: err.Error(), next: "See what is wrong: " + self() + " status", cause: err}
	}
	if a.json() {
		return a.printJSON(node)
	}
	_, err = fmt.Fprintf(a.out, "%s runs again, pid %d\n", node.Name, node.PID)
	return err
}
