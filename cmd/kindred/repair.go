package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/document"
)

func (a *app) repairCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "repair status|run|pause|resume|rate",
		Short: "Show and steer how replicas that differ are made equal",
		Long: `Show and steer how replicas that differ are made equal. Three ways lead there: a node that
was away gets the writes that others kept for it (hints); a read mends the replicas that it
finds behind; and in the background every two copies of a piece of the ring are compared
once in a set time (anti-entropy). The commands below act on all nodes.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return usage(cmd, "say what to do: status, run, pause, resume or rate BYTES")
		},
	}
	var wait bool
	run := a.repairStep("run", "Compare all copies now, whenever they met last", `Ask every node to compare its copies with all others, whenever they met last. With --wait
progress is shown until all have met; Ctrl-C leaves the wait, and the round goes on.`,
		func(cmd *cobra.Command) error { return a.repairRun(cmd, wait) })
	run.Flags().BoolVar(&wait, "wait", false, "show progress until all pairs of copies have met")
	rate := &cobra.Command{
		Use:   "rate BYTES",
		Short: "Change how much anti-entropy may move in a second, on every node",
		Long: `Change how many bytes anti-entropy may move in a second, on every node, as 16MiB; 0 is no
bound. It lasts until a node stops: for good it is the setting --repair-rate.`,
		Args: exactly(1, "one size, as 16MiB"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.repairRate(cmd, args[0]) },
	}
	a.addrFlags(rate, false, true)
	cmd.AddCommand(
		a.repairStep("status", "Show how repair stands on every node", `Show on every node how many pairs of copies are to be compared (due), what was found and
moved, and what is kept for others. Exit code 0 is that every node answered.`, a.repairStatus),
		run,
		a.repairStep("pause", "Hold anti-entropy on every node", `Hold anti-entropy on every node until kindred repair resume, or until a node is started
again. Reads still mend what they find behind, and hints are still handed over.`,
			func(cmd *cobra.Command) error { return a.repairPause(cmd, true) }),
		a.repairStep("resume", "Let anti-entropy go on", "Let anti-entropy go on, on every node.",
			func(cmd *cobra.Command) error { return a.repairPause(cmd, false) }),
		rate,
	)
	return cmd
}

// repairStep is a command below repair that takes no arguments.
func (a *app) repairStep(name, short, long string, run func(*cobra.Command) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd) },
	}
	a.addrFlags(cmd, false, true)
	return cmd
}

func (a *app) repairStatus(cmd *cobra.Command) error {
	rows, err := a.steerAll(cmd.Context(), nil)
	if err != nil {
		return err
	}
	if a.json() {
		if err := a.printJSON(repairDocument{rows}); err != nil {
			return err
		}
	} else {
		a.printf("%s", repairText(rows))
	}
	if missing(rows) != "" {
		return quietly(exitFailed)
	}
	return nil
}

func (a *app) repairPause(cmd *cobra.Command, hold bool) error {
	said := "anti-entropy is paused on %s\n  Let it go on: " + self() + " repair resume (a node that is started again does so by itself)\n"
	if !hold {
		said = "anti-entropy runs again on %s\n"
	}
	return a.repairChange(cmd, document.RepairChange{Paused: &hold}, said)
}

func (a *app) repairRate(cmd *cobra.Command, text string) error {
	rate, err := figures.ParseBytes(text)
	if err != nil {
		return usage(cmd, "%v", err)
	}
	return a.repairChange(cmd, document.RepairChange{BytesPerSecond: &rate},
		"anti-entropy moves at most "+budget(rate)+" on each of %s, until it is started again\n")
}

// repairChange has every node do something, and says it of those that did.
func (a *app) repairChange(cmd *cobra.Command, change document.RepairChange, said string) error {
	rows, err := a.steerAll(cmd.Context(), &change)
	if err != nil {
		return err
	}
	if a.json() {
		if err := a.printJSON(repairDocument{rows}); err != nil {
			return err
		}
	} else if done := answered(rows); done > 0 {
		a.printf(said, figures.Plural(int64(done), "node"))
	}
	return notAll(rows)
}

// notAll is the failure that names the nodes that were not reached; nil where there are none.
func notAll(rows []nodeRepair) error {
	if left := missing(rows); left != "" {
		return &failure{exit: exitFailed, message: "not on every node: " + left, next: "See what is wrong: " + self() + " status"}
	}
	return nil
}

// repairText is the whole page of repair status.
func repairText(rows []nodeRepair) string {
	var out strings.Builder
	sum := sumOf(rows)
	fmt.Fprintf(&out, "%s of copies are compared · %s due", figures.Plural(int64(sum.pairs), "pair"), figures.Count(int64(sum.due)))
	if sum.away > 0 {
		fmt.Fprintf(&out, ", %s of them with a node that is away", figures.Count(int64(sum.away)))
	}
	if sum.period > 0 {
		fmt.Fprintf(&out, " · each meets within %s", figures.Span(sum.period))
	}
	out.WriteString("\n")
	table := show.NewTable("node", "anti-entropy", "due", "incomplete", "found", "moved", "at most", "read repairs", "hints kept")
	for _, n := range rows {
		r := n.Repair
		if r == nil {
			table.Row(n.Name, n.Error, "?", "?", "?", "?", "?", "?", "?")
			continue
		}
		hints := figures.Count(r.Hints)
		if r.Hints > 0 {
			hints += " (" + figures.Bytes(r.HintBytes) + ")"
		}
		table.Row(n.Name, antiEntropy(r), fmt.Sprintf("%s of %s", figures.Count(int64(r.Due)), figures.Count(int64(r.Pairs))),
			figures.Count(int64(r.Incomplete)), figures.Count(r.KeysFound), figures.Bytes(r.Bytes), budget(r.BytesPerSecond),
			figures.Count(r.ReadRepairs), hints)
	}
	out.WriteString(table.String())
	if sum.paused > 0 {
		fmt.Fprintf(&out, "  Let it go on: %s repair resume\n", self())
	}
	return out.String()
}

// antiEntropy says in a word or two what a node does.
func antiEntropy(r *document.Repair) string {
	switch {
	case !r.AntiEntropy:
		return "off by its settings"
	case r.Paused:
		return "paused"
	case r.Due > r.Away:
		return "compares"
	}
	return "waits for the next round"
}

func budget(bytesPerSecond int64) string {
	if bytesPerSecond == 0 {
		return "any rate"
	}
	return figures.Bytes(bytesPerSecond) + "/s"
}

// repairSum is what the nodes that answered told, together.
type repairSum struct {
	pairs, due, away, paused int
	keys, bytes, failed      int64
	period                   time.Duration // the longest
}

func sumOf(rows []nodeRepair) repairSum {
	var s repairSum
	for _, n := range rows {
		r := n.Repair
		if r == nil {
			continue
		}
		s.pairs, s.due, s.away = s.pairs+r.Pairs, s.due+r.Due, s.away+r.Away
		s.keys, s.bytes = s.keys+r.KeysFound, s.bytes+r.Bytes
		s.failed += r.Failed
		s.period = max(s.period, time.Duration(r.PeriodSeconds*float64(time.Second)))
		if r.Paused {
			s.paused++
		}
	}
	return s
}

// repairRun asks for a round on every node.
func (a *app) repairRun(cmd *cobra.Command, wait bool) error {
	before, err := a.steerAll(cmd.Context(), nil)
	if err != nil {
		return err
	}
	rows, err := a.steerAll(cmd.Context(), &document.RepairChange{Run: true})
	if err != nil {
		return err
	}
	for i, n := range rows {
		if n.Repair != nil && !n.Repair.AntiEntropy {
			rows[i].Error = "its settings say --anti-entropy off"
		}
	}
	if wait {
		return a.waitForRound(cmd.Context(), sumOf(before), rows)
	}
	if a.json() {
		if err := a.printJSON(repairDocument{rows}); err != nil {
			return err
		}
	} else if sum := sumOf(rows); sum.pairs > 0 {
		a.printf("%s of copies are to meet\n  Watch it: %s repair status\n", figures.Plural(int64(sum.due), "pair"), self())
	}
	return notAll(rows)
}
