package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/clock/baseline"
	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
)

// comparison is what compare writes with -o json.
type comparison struct {
	Builtin *baseline.Report `json:"builtin,omitempty"`
	Random  *baseline.Report `json:"random,omitempty"`
	Seed    uint64           `json:"seed"`
	File    *baseline.Report `json:"file,omitempty"`
}

func (a *app) compareCommand() *cobra.Command {
	var seed uint64
	var scripts int
	var file string
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Show what other ways of telling writes apart lose, falsely keep and cost",
		Long: `Play the same scripts of reads, writes and exchanges between replicas under several ways of
telling an overwrite from a conflict: wall clocks, Lamport clocks, version vectors per server
and per client, and dotted version vectors, which this database uses. Lost is a write that
nobody had overwritten and that was gone in the end; a false sibling is one that had been
overwritten and still stood. No server is needed.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if scripts < 0 || scripts > 100_000 {
				return usage(cmd, "--scripts: %d is not within 0 and 100,000", scripts)
			}
			return a.compare(seed, scripts, file)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&seed, "seed", 1, "what the random scripts are drawn from")
	f.IntVar(&scripts, "scripts", 200, "how many random scripts")
	f.StringVar(&file, "file", "", "play the scripts of this file instead (JSON, schema dvv-vectors/1)")
	return cmd
}

func (a *app) compare(seed uint64, scripts int, file string) error {
	c := comparison{Seed: seed}
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return &failure{exit: exitFailed, message: err.Error(), next: "Name another file: --file FILE", cause: err}
		}
		parsed, err := baseline.Parse(content)
		if err != nil {
			return &failure{exit: exitFailed, message: fmt.Sprintf("%s: %v", file, err), next: "The scripts that come with the program: " + self() + " compare", cause: err}
		}
		report := baseline.Compare(parsed.Scripts...)
		c.File = &report
	} else {
		builtin, random := baseline.Compare(baseline.Builtin()...), baseline.Compare(baseline.Random(seed, scripts)...)
		c.Builtin, c.Random = &builtin, &random
	}
	if a.json() {
		return a.printJSON(c)
	}
	a.comparisonTable("built-in scripts", c.Builtin)
	a.comparisonTable(fmt.Sprintf("random scripts, seed %d", seed), c.Random)
	a.comparisonTable("scripts of "+file, c.File)
	return nil
}

func (a *app) comparisonTable(what string, r *baseline.Report) {
	if r == nil {
		return
	}
	a.printf("%s %s, %s writes\n", figures.Count(int64(r.Scripts)), what, figures.Count(int64(r.Writes)))
	table := show.NewTable("mechanism", "lost", "false siblings", "disagreed", "entries mean / max", "siblings max", "how it works")
	for _, m := range r.Mechanisms {
		table.Row(m.Mechanism, figures.Count(int64(m.Lost)), figures.Count(int64(m.FalseSiblings)), figures.Count(int64(m.Disagreed)),
			fmt.Sprintf("%.1f / %d", m.EntriesMean, m.EntriesMax), figures.Count(int64(m.SiblingsMax)), m.About)
	}
	a.printf("%s", table)
}
