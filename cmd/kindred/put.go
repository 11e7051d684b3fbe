package main

import (
	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/httpapi/client"
)

func (a *app) putCommand() *cobra.Command {
	var o client.PutOptions
	var c content
	var encoded bool
	cmd := &cobra.Command{
		Use:   "put BUCKET/KEY [VALUE | - | --file FILE]",
		Short: "Write a value",
		Long: `Write a value: the argument, a file, or standard input (- or no argument).

The write replaces exactly what --context has seen, a context as get -v or an earlier
put printed it. Without one it replaces nothing: it stands beside whatever is there.

` + keyHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return usage(cmd, "put takes BUCKET/KEY and a value")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := parseKey(cmd, args[0], encoded)
			if err != nil {
				return err
			}
			value, err := c.value(a, cmd, args[1:])
			if err != nil {
				return err
			}
			if o.Metadata, err = c.metadata(cmd); err != nil {
				return err
			}
			if c.contentType == "" {
				c.contentType = "application/octet-stream"
			}
			o.ContentType, o.ContentEncoding = c.contentType, c.contentEncoding
			return a.put(cmd, k, value, o)
		},
	}
	a.addrFlags(cmd, true, true)
	levelFlags(cmd, &o.Options, true)
	c.flags(cmd)
	keyFlag(cmd, &encoded)
	f := cmd.Flags()
	f.StringVar(&o.Context, "context", "", "what this write has seen of the key, and replaces")
	f.BoolVar(&o.IfAbsent, "if-absent", false, "only where no value stands")
	f.StringVar(&o.IfMatch, "if-match", "", "only while the key still has this ETag")
	return cmd
}

func (a *app) put(cmd *cobra.Command, k keyArg, value []byte, o client.PutOptions) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	wrote, err := c.Put(cmd.Context(), k.bucket, k.key, value, o)
	if err != nil {
		return a.clientFailure(err, a.addr, "--addr", k.command("get"))
	}
	if err := a.aboutWrite(cmd.Context(), k, wrote, o.W); err != nil {
		return err
	}
	a.aboutSiblings(cmd.Context(), k, client.Sibling{Value: value, ContentType: o.ContentType, ContentEncoding: o.ContentEncoding, Metadata: o.Metadata}, wrote)
	return nil
}
