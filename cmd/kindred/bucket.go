package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
)

// bucketFlags are the properties that the command line can change, as text.
type bucketFlags struct {
	n, maxSiblings    int
	maxValueSize      string
	r, w, pr, pw, dw  string
	encoded, anything bool
}

func (a *app) bucketCommand() *cobra.Command {
	var b bucketFlags
	cmd := &cobra.Command{
		Use:   "bucket [BUCKET [--n N] [--r R] [--w W] …]",
		Short: "Show or change the properties of buckets",
		Long: `Show or change the properties of buckets. A bucket needs no creation: without a name all
buckets that were given properties are listed; with a name its properties are shown, and
changed where any is given. n can be set only while no member holds anything of the bucket.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(cmd, "bucket takes one name")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := b.change(cmd)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if b.anything {
					return usage(cmd, "name the bucket whose properties are to change")
				}
				return a.listBuckets(cmd)
			}
			return a.bucket(cmd, args[0], b, change)
		},
	}
	a.addrFlags(cmd, false, true)
	f := cmd.Flags()
	f.IntVar(&b.n, "n", 0, "copies of each key")
	f.StringVar(&b.r, "r", "", "replicas that a read waits for: a number, one, quorum or all")
	f.StringVar(&b.w, "w", "", "replicas that a write waits for: a number, one, quorum or all")
	f.StringVar(&b.pr, "pr", "", "of those of a read, primaries")
	f.StringVar(&b.pw, "pw", "", "of those of a write, primaries")
	f.StringVar(&b.dw, "dw", "", "of those of a write, on disk; w means as many as w")
	f.IntVar(&b.maxSiblings, "max-siblings", 0, "values of one key above which a write is refused")
	f.StringVar(&b.maxValueSize, "max-value-size", "", "largest value, as 4MiB")
	f.BoolVar(&b.encoded, "encoded", false, "BUCKET is percent-encoded as in a URL")
	return cmd
}

// change holds the properties whose flags were given.
func (b *bucketFlags) change(cmd *cobra.Command) (document.BucketChange, error) {
	var c document.BucketChange
	given := func(name string) bool {
		if !cmd.Flags().Changed(name) {
			return false
		}
		b.anything = true
		return true
	}
	if given("n") {
		c.N = &b.n
	}
	if given("max-siblings") {
		c.MaxSiblings = &b.maxSiblings
	}
	if given("max-value-size") {
		bytes, err := figures.ParseBytes(b.maxValueSize)
		if err != nil {
			return c, usage(cmd, "--max-value-size: %v", err)
		}
		size := int(bytes)
		c.MaxValueSize = &size
	}
	for name, level := range map[string]struct {
		text string
		to   **document.Level
	}{"r": {b.r, &c.R}, "w": {b.w, &c.W}, "pr": {b.pr, &c.PR}, "pw": {b.pw, &c.PW}, "dw": {b.dw, &c.DW}} {
		if given(name) {
			l := document.Level(level.text)
			*level.to = &l
		}
	}
	return c, nil
}

func (a *app) bucket(cmd *cobra.Command, name string, b bucketFlags, change document.BucketChange) error {
	bucket := name
	if b.encoded {
		var err error
		if bucket, err = names.Bucket(name); err != nil {
			return usage(cmd, "%q: %v", name, err)
		}
	}
	admin, err := a.admin()
	if err != nil {
		return err
	}
	var props *document.Bucket
	if b.anything {
		props, err = admin.SetBucket(cmd.Context(), bucket, change)
	} else {
		props, err = admin.Bucket(cmd.Context(), bucket)
	}
	if err != nil {
		return a.clientFailure(err, a.adminAddr, "--admin-addr", self()+" bucket "+quote(name))
	}
	if a.json() {
		return a.printJSON(props)
	}
	table := bucketTable()
	bucketRow(table, name, *props)
	a.printf("%s", table)
	return nil
}

func (a *app) listBuckets(cmd *cobra.Command) error {
	admin, err := a.admin()
	if err != nil {
		return err
	}
	list, err := admin.Buckets(cmd.Context())
	if err != nil {
		return a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	if a.json() {
		return a.printJSON(list)
	}
	table := bucketTable()
	for _, name := range slices.Sorted(maps.Keys(list.Buckets)) {
		shown := name
		if bucket, err := names.Bucket(name); err == nil {
			shown = bucket // as kindred bucket takes it
		}
		bucketRow(table, shown, list.Buckets[name])
	}
	bucketRow(table, "(all others)", list.Defaults)
	a.printf("%s", table)
	return nil
}

func bucketTable() *show.Table {
	return show.NewTable("bucket", "n", "r", "w", "pr", "pw", "dw", "max siblings", "max value")
}

func bucketRow(t *show.Table, name string, b document.Bucket) {
	t.Row(show.Harmless(name), fmt.Sprint(b.N), string(b.R), string(b.W), string(b.PR), string(b.PW), string(b.DW), figures.Count(int64(b.MaxSiblings)), figures.Bytes(int64(b.MaxValueSize)))
}
