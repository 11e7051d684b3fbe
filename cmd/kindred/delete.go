package main

import (
	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/httpapi/client"
)

func (a *app) deleteCommand() *cobra.Command {
	var o client.PutOptions
	var encoded bool
	cmd := &cobra.Command{
		Use:   "delete BUCKET/KEY",
		Short: "Delete a key",
		Long: `Delete a key: exactly what --context has seen, or, without a context, what a read made
by the server just before sees. What was written meanwhile by others stays. Deleting a
key that does not exist is no error.

` + keyHelp,
		Args: exactly(1, "one BUCKET/KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := parseKey(cmd, args[0], encoded)
			if err != nil {
				return err
			}
			return a.delete(cmd, k, o)
		},
	}
	a.addrFlags(cmd, true, true)
	levelFlags(cmd, &o.Options, true)
	keyFlag(cmd, &encoded)
	cmd.Flags().StringVar(&o.Context, "context", "", "what is to be deleted, as a read gave it")
	cmd.Flags().StringVar(&o.IfMatch, "if-match", "", "only while the key still has this ETag")
	return cmd
}

func (a *app) delete(cmd *cobra.Command, k keyArg, o client.PutOptions) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	wrote, err := c.Delete(cmd.Context(), k.bucket, k.key, o)
	if err != nil {
		return a.clientFailure(err, a.addr, "--addr", k.command("get"))
	}
	if err := a.aboutWrite(cmd.Context(), k, wrote, o.W); err != nil {
		return err
	}
	if wrote.Standing > 0 && !a.json() {
		a.printf("    %s still there: not covered by the context. See: %s\n", figures.Plural(int64(wrote.Standing), "value")+isAre(wrote.Standing), k.command("get"))
	}
	return nil
}

func isAre(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}
