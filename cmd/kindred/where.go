package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/document"
)

func (a *app) whereCommand() *cobra.Command {
	var encoded, explain bool
	cmd := &cobra.Command{
		Use:   "where BUCKET/KEY",
		Short: "Show which nodes hold a key",
		Long: `Show which nodes hold a key: its replicas (primaries), and those that stand in for them
(fallbacks) in their order. With --explain each node is asked what it holds. A node that is
complete knows all that was written to its keys, so that one of which it holds nothing is
absent; one that is incomplete has yet to get some of it back; any other node answers for
what it holds, and no more.

` + keyHelp,
		Args: exactly(1, "one BUCKET/KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := parseKey(cmd, args[0], encoded)
			if err != nil {
				return err
			}
			if explain {
				return a.explain(cmd, k)
			}
			return a.where(cmd, k)
		},
	}
	a.addrFlags(cmd, true, true)
	keyFlag(cmd, &encoded)
	cmd.Flags().BoolVar(&explain, "explain", false, "ask each node what it holds (through the data listener)")
	return cmd
}

func (a *app) where(cmd *cobra.Command, k keyArg) error {
	admin, err := a.admin()
	if err != nil {
		return err
	}
	w, err := admin.Where(cmd.Context(), k.bucket, k.key)
	if err != nil {
		return a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	if a.json() {
		return a.printJSON(w)
	}
	a.printf("%s  partition %d · n=%d\n", k, w.Partition, w.N)
	table := show.NewTable("place", "node", "role")
	for i, n := range w.Primaries {
		table.Row(fmt.Sprint(i+1), n.Name, "primary")
	}
	for i, n := range w.Fallbacks {
		table.Row(fmt.Sprint(len(w.Primaries)+i+1), n.Name, "fallback")
	}
	a.printf("%s", table)
	return nil
}

func (a *app) explain(cmd *cobra.Command, k keyArg) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	account, err := c.Explain(cmd.Context(), k.bucket, k.key)
	if err != nil {
		return a.clientFailure(err, a.addr, "--addr", "")
	}
	if a.json() {
		return a.printJSON(account)
	}
	a.printf("%s  partition %d · n=%d\n", k, account.Partition, account.N)
	table := show.NewTable("place", "node", "role", "state", "holds", "hash")
	for i, r := range account.Replicas {
		hash := "–"
		if r.Hash != nil {
			hash = (*r.Hash)[:min(8, len(*r.Hash))]
		}
		table.Row(fmt.Sprint(i+1), r.Name, r.Role, stateOf(r), holds(r), hash)
	}
	a.printf("%s", table)
	return nil
}

// stateOf tells in words how a node stands to the key.
func stateOf(r document.Replica) string {
	switch {
	case r.Cause != "":
		return r.State + " (" + r.Cause + ")"
	case r.State != "stranger":
		return r.State
	case len(r.Versions) == 0:
		return "holds nothing of it"
	case len(r.HintFor) > 0:
		return "keeps it for another"
	}
	return "holds a copy"
}

// holds counts what a replica has: "2 values, 1 tombstone, for n3".
func holds(r document.Replica) string {
	values, tombstones := 0, 0
	for _, v := range r.Versions {
		if v.Tombstone {
			tombstones++
		} else {
			values++
		}
	}
	var parts []string
	if values > 0 {
		parts = append(parts, figures.Plural(int64(values), "value"))
	}
	if tombstones > 0 {
		parts = append(parts, figures.Plural(int64(tombstones), "tombstone"))
	}
	if len(parts) == 0 {
		return "–"
	}
	for _, n := range r.HintFor {
		parts = append(parts, "for "+n.Name)
	}
	return strings.Join(parts, ", ")
}
