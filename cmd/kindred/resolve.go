package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/httpapi/client"
)

// choice says what becomes of siblings.
type choice struct {
	set, pick string
	isSet     bool
	newest    bool
}

func (a *app) resolveCommand() *cobra.Command {
	var o client.PutOptions
	var c content
	var how choice
	var encoded bool
	cmd := &cobra.Command{
		Use:   "resolve BUCKET/KEY [--set VALUE | --file FILE | --pick N | --newest]",
		Short: "Merge siblings into one value",
		Long: `Read all siblings of a key and write one value in their place. Only what was read is
replaced: a value that somebody writes meanwhile stays, and is told of. Without a choice
the siblings are listed, with exit code 4.

` + keyHelp,
		Args: exactly(1, "one BUCKET/KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			how.isSet = cmd.Flags().Changed("set")
			if given := choices(cmd); len(given) > 1 {
				return usage(cmd, "%s: choose one", strings.Join(given, ", "))
			}
			k, err := parseKey(cmd, args[0], encoded)
			if err != nil {
				return err
			}
			if o.Metadata, err = c.metadata(cmd); err != nil {
				return err
			}
			return a.resolve(cmd, k, how, &c, o)
		},
	}
	a.addrFlags(cmd, true, true)
	levelFlags(cmd, &o.Options, true)
	c.flags(cmd)
	keyFlag(cmd, &encoded)
	f := cmd.Flags()
	f.StringVar(&how.set, "set", "", "the merged value; - reads it from standard input")
	f.StringVar(&how.pick, "pick", "", "keep this sibling: its number in the list, or its id")
	f.BoolVar(&how.newest, "newest", false, "keep the sibling that was written last by the wall clock")
	return cmd
}

// choices are the flags given that each say what becomes of the siblings.
func choices(cmd *cobra.Command) []string {
	var given []string
	for _, name := range []string{"set", "pick", "newest", "file"} {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

func (a *app) resolve(cmd *cobra.Command, k keyArg, how choice, c *content, o client.PutOptions) error {
	ctx := cmd.Context()
	read, err := a.read(ctx, k, client.GetOptions{Document: true})
	if err != nil {
		return err
	}
	chosen := how.isSet || how.pick != "" || how.newest || c.file != ""
	switch {
	case len(read.Siblings) == 0:
		return &failure{exit: exitFailed, message: fmt.Sprintf("no value at %s", k), next: "Write one: " + k.command("put", "VALUE")}
	case len(read.Siblings) == 1 && !chosen:
		if a.json() {
			return a.printJSON(objectDocument(read))
		}
		a.printf("nothing to resolve: %s has one value\n", k)
		return nil
	case !chosen:
		if a.json() {
			if err := a.printJSON(objectDocument(read)); err != nil {
				return err
			}
			return quietly(exitSiblings)
		}
		a.printf("%s", a.siblingsTable(k, read))
		a.printf("Write one value in their place: %s, or --pick 1, or --newest\n", k.command("resolve", "--set", "VALUE"))
		return quietly(exitSiblings)
	}

	merged, err := how.merged(a, cmd, read.Siblings, c, o)
	if err != nil {
		return err
	}
	o.Context = read.Context
	o.ContentType, o.ContentEncoding, o.Metadata = merged.ContentType, merged.ContentEncoding, merged.Metadata
	client, err := a.client()
	if err != nil {
		return err
	}
	wrote, err := client.Put(ctx, k.bucket, k.key, merged.Value, o)
	if err != nil {
		return a.clientFailure(err, a.addr, "--addr", k.command("get"))
	}
	if a.json() {
		if err := a.aboutWrite(ctx, k, wrote, o.W); err != nil {
			return err
		}
	} else {
		a.printf("resolved: %s → %d\n", figures.Plural(int64(len(read.Siblings)), "sibling"), wrote.Standing)
	}
	if wrote.Standing > 1 {
		a.aboutSiblings(ctx, k, merged, wrote)
		return quietly(exitSiblings)
	}
	return nil
}

// merged is the value that takes the siblings' place. A value given anew keeps the type that all siblings
// share, unless it is given one.
func (how choice) merged(a *app, cmd *cobra.Command, siblings []client.Sibling, c *content, o client.PutOptions) (client.Sibling, error) {
	switch {
	case how.pick != "":
		s, err := pick(siblings, how.pick)
		if err != nil {
			return s, usage(cmd, "--pick: %v; the siblings are %s", err, strings.Join(shortIDs(siblings), ", "))
		}
		return s, nil
	case how.newest:
		return slices.MaxFunc(siblings, func(x, y client.Sibling) int {
			return cmp.Or(x.LastModified.Compare(y.LastModified), cmp.Compare(x.ID, y.ID))
		}), nil
	}
	if c.contentType == "" && c.file == "" {
		c.contentType = sharedType(siblings)
	}
	var args []string
	if how.isSet {
		args = []string{how.set}
	}
	value, err := c.value(a, cmd, args)
	if err != nil {
		return client.Sibling{}, err
	}
	return client.Sibling{Value: value, ContentType: cmp.Or(c.contentType, "application/octet-stream"), ContentEncoding: c.contentEncoding, Metadata: o.Metadata}, nil
}

// sharedType is the content type of all siblings, "" where they differ.
func sharedType(siblings []client.Sibling) string {
	for _, s := range siblings {
		if s.ContentType != siblings[0].ContentType {
			return ""
		}
	}
	return siblings[0].ContentType
}
