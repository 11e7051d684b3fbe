package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/document"
)

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the cluster is, and what to do where it is not well",
		Long: `Show how the cluster is as one of its nodes sees it: a verdict, how many more nodes may
fail, every node, and each problem with its cause and what to do. Exit code 0 is healthy.

keys counts the keys that a node holds something of; values is the size of what it holds of
them, which on disk is another one (bytes with -o json).`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd) },
	}
	a.addrFlags(cmd, false, true)
	return cmd
}

func (a *app) status(cmd *cobra.Command) error {
	admin, err := a.admin()
	if err != nil {
		return err
	}
	cluster, err := admin.Cluster(cmd.Context())
	if err != nil {
		return a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	if a.json() {
		if err := a.printJSON(cluster); err != nil {
			return err
		}
	} else {
		a.printf("%s", statusText(cluster, now(), a.terminal && a.env("NO_COLOR") == ""))
	}
	if cluster.Verdict != "healthy" {
		return quietly(exitFailed)
	}
	return nil
}

// statusText is the whole page.
func statusText(c *document.Cluster, now time.Time, colour bool) string {
	var out strings.Builder
	out.WriteString(verdictLine(c, colour) + "\n")
	copies := 0
	for _, n := range c.Nodes {
		copies += n.Partitions
	}
	table := show.NewTable("node", "state", "since", "owns", "keys", "values", "hints for it", "p99 get / put")
	nodes := slices.SortedFunc(slices.Values(c.Nodes), func(x, y document.Node) int { return cmp.Compare(x.Name, y.Name) })
	for _, n := range nodes {
		table.Row(n.Name, n.State, since(n.Since, now), figures.Percent(float64(n.Partitions), float64(copies)),
			orUnknown(n.Keys, figures.Count), orUnknown(n.Bytes, figures.Bytes), hintsFor(n), p99(n))
	}
	out.WriteString(table.String())
	for i, p := range c.Problems {
		what := p.What
		if p.Cause != "" {
			what += " (" + p.Cause + ")"
		}
		fmt.Fprintf(&out, "  %d. %s\n", i+1, show.Harmless(what))
		for line := range strings.SplitSeq(strings.TrimSpace(p.Next), "\n") {
			fmt.Fprintf(&out, "     %s\n", show.Harmless(line))
		}
	}
	return out.String()
}

// verdictLine is one sentence for who looks for a second.
func verdictLine(c *document.Cluster, colour bool) string {
	up, members := 0, 0
	for _, n := range c.Nodes {
		if n.State == "spare" {
			continue
		}
		members++
		if n.State != "down" {
			up++
		}
	}
	nodes := fmt.Sprintf("%d of %d nodes are up", up, members)
	switch {
	case members == 1 && up == 1:
		nodes = "1 of 1 nodes is up"
	case members-up == 1:
		nodes = fmt.Sprintf("1 of %d nodes is down", members)
	case up < members:
		nodes = fmt.Sprintf("%d of %d nodes are down", members-up, members)
	}
	data := "all data can be read and written"
	switch {
	case c.Verdict == "unavailable":
		data = "some data cannot be read or written"
	case members-up > 1:
		data = "writes go on, and reads where enough replicas are up" // the problems tell how far that is not everywhere
	}
	verdict := strings.ToUpper(show.Harmless(c.Verdict))
	if colour {
		codes := map[string]string{"healthy": "32", "degraded": "33", "unavailable": "31"}
		verdict = "\x1b[" + codes[c.Verdict] + "m" + verdict + "\x1b[0m"
	}
	if c.Layout == nil {
		return fmt.Sprintf("%s  the cluster is not born yet, no data can be read or written · %s so far", verdict, figures.Plural(int64(len(c.Nodes)), "node"))
	}
	return fmt.Sprintf("%s  %s · %s · %d more may fail", verdict, nodes, data, c.CanFail)
}

func since(text *string, now time.Time) string {
	if text == nil {
		return "?"
	}
	at, err := document.ParseTime(*text)
	if err != nil {
		return "?"
	}
	return figures.Span(now.Sub(at))
}

func orUnknown(n *int64, write func(int64) string) string {
	if n == nil {
		return "?"
	}
	return write(*n)
}

func hintsFor(n document.Node) string {
	if n.Hints == 0 {
		return "0"
	}
	return fmt.Sprintf("%s (%s)", figures.Count(n.Hints), figures.Bytes(n.HintBytes))
}

// p99 is "0.9 / 1.6 ms"; a dash where there was no such request, or nobody tells.
func p99(n document.Node) string {
	millis := func(us *int64) string {
		if us == nil || *us == 0 {
			return "–"
		}
		return figures.Millis(float64(*us) / 1000)
	}
	if both := millis(n.GetP99) + " / " + millis(n.PutP99); both != "– / –" {
		return both + " ms"
	}
	return "–"
}
