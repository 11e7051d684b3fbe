package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
)

func (a *app) getCommand() *cobra.Command {
	var o client.GetOptions
	var encoded, verbose bool
	cmd := &cobra.Command{
		Use:   "get BUCKET/KEY",
		Short: "Read a value",
		Long: `Read a value. One value is written to standard output as its raw bytes. Several values
(siblings, written by clients that did not know of each other) are listed instead, with
exit code 4. With -o json the object is written as a document in either case, with its context.

` + keyHelp,
		Args: exactly(1, "one BUCKET/KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := parseKey(cmd, args[0], encoded)
			if err != nil {
				return err
			}
			return a.get(cmd.Context(), k, o, verbose)
		},
	}
	a.addrFlags(cmd, true, false)
	levelFlags(cmd, &o.Options, false)
	keyFlag(cmd, &encoded)
	cmd.Flags().StringVar(&o.Context, "context", "", "at least what this context has seen; -v says whether the answer covers it")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "tell on standard error the context and what the answer rests on")
	return cmd
}

func (a *app) get(ctx context.Context, k keyArg, o client.GetOptions, verbose bool) error {
	o.Document = a.json()
	read, err := a.read(ctx, k, o)
	if err != nil {
		return err
	}
	if verbose {
		fmt.Fprintln(a.errOut, aboutRead(read))
	}
	if a.json() && len(read.Siblings) > 0 {
		if err := a.printJSON(objectDocument(read)); err != nil {
			return err
		}
	}
	switch {
	case len(read.Siblings) == 0:
		return &failure{exit: exitFailed, message: fmt.Sprintf("no value at %s (%s)", k, knowers(read.Quorum.Total)),
			next: "Write one: " + k.command("put", "VALUE")}
	case len(read.Siblings) > 1:
		if !a.json() {
			a.printf("%s", a.siblingsTable(k, read))
			fmt.Fprintf(a.errOut, "To merge: %s\n", k.command("resolve"))
		}
		return quietly(exitSiblings)
	case !a.json():
		if _, err := a.out.Write(read.Siblings[0].Value); err != nil {
			return &failure{exit: exitFailed, message: err.Error(), cause: err}
		}
		if v := read.Siblings[0].Value; a.terminal && len(v) > 0 && v[len(v)-1] != '\n' {
			a.printf("\n") // for the prompt that follows, not for a pipe
		}
	}
	return nil
}

// knowers tells what an absence rests on.
func knowers(replicas int) string {
	if replicas == 1 {
		return "1 replica that knows says so"
	}
	return fmt.Sprintf("%d replicas that know say so", replicas)
}

// read gets the object. Several siblings come as the document whether asked for or not.
func (a *app) read(ctx context.Context, k keyArg, o client.GetOptions) (*client.Object, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	read, err := c.Get(ctx, k.bucket, k.key, o)
	if err != nil {
		return nil, a.clientFailure(err, a.addr, "--addr", k.command("get"))
	}
	return read, nil
}

// client makes a client of the data listeners.
func (a *app) client() (*client.Client, error) {
	c, err := client.New(split(a.addr)...)
	if err != nil {
		return nil, a.clientFailure(err, a.addr, "--addr", "")
	}
	return c, nil
}

// admin makes a client of the admin listeners.
func (a *app) admin() (*client.Admin, error) {
	c, err := client.NewAdmin(split(a.adminAddr)...)
	if err != nil {
		return nil, a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	return c, nil
}

func aboutRead(o *client.Object) string {
	line := fmt.Sprintf("%s of %s (%d primary, %d fallback) through %s",
		figures.Plural(int64(o.Quorum.Total), "answer"), figures.Plural(int64(o.Quorum.N), "replica"), o.Quorum.Primary, o.Quorum.Fallback, o.Coordinator)
	if o.Covers != "" {
		line += ", covers the context: " + o.Covers
	}
	if o.Context != "" {
		line += "  context " + o.Context
	}
	return line
}

// objectDocument is the object as the HTTP API writes it.
func objectDocument(o *client.Object) document.Object {
	d := document.Object{Bucket: names.EncodeBucket(o.Bucket), Key: names.EncodeKey(o.Key), Context: o.Context, Siblings: []document.Sibling{}}
	for _, s := range o.Siblings {
		sibling := document.Sibling{
			ID: s.ID, Node: s.Node, ContentType: s.ContentType, ContentEncoding: s.ContentEncoding,
			LastModified: document.FormatTime(s.LastModified), Metadata: s.Metadata,
		}
		sibling.SetValue(s.Value)
		d.Siblings = append(d.Siblings, sibling)
	}
	return d
}

// now is wall time: it is set beside what other machines wrote.
func now() time.Time { return time.Now() }
