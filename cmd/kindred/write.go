package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/names"
)

// wroteDocument is what put, delete and resolve write with -o json.
type wroteDocument struct {
	Bucket      string   `json:"bucket"`
	Key         string   `json:"key"`
	Context     string   `json:"context"`
	Siblings    int      `json:"siblings"`
	N           int      `json:"n"`
	Acks        int      `json:"acks"`
	Wanted      *int     `json:"wanted"` // null where the admin API was not asked
	Primary     int      `json:"primary"`
	Fallback    int      `json:"fallback"`
	Durable     int      `json:"durable"`
	Coordinator string   `json:"coordinator"`
	Hinted      []string `json:"hinted"`
}

// aboutWrite tells how a write went: "ok  2 acks of 2 wanted  context AVw2…", or, where replicas were away,
// "ok  2 of 3 replicas  (n3 is down; n1 keeps a hint for it)  context AVq1…".
func (a *app) aboutWrite(ctx context.Context, k keyArg, wrote *client.Object, w string) error {
	q := wrote.Quorum
	wanted, known := a.wantedAcks(ctx, k.bucket, w)
	if a.json() {
		d := wroteDocument{
			Bucket: names.EncodeBucket(k.bucket), Key: names.EncodeKey(k.key), Context: wrote.Context, Siblings: wrote.Standing,
			N: q.N, Acks: q.Total, Primary: q.Primary, Fallback: q.Fallback, Durable: q.Durable,
			Coordinator: wrote.Coordinator, Hinted: append([]string{}, wrote.Hinted...),
		}
		if known {
			d.Wanted = &wanted
		}
		return a.printJSON(d)
	}
	var line strings.Builder
	switch {
	case len(wrote.Hinted) > 0:
		fmt.Fprintf(&line, "ok  %d of %d replicas  (%s)", q.Total, q.N, a.absent(ctx, wrote))
	case known:
		fmt.Fprintf(&line, "ok  %s of %d wanted", figures.Plural(int64(q.Total), "ack"), wanted)
	default:
		fmt.Fprintf(&line, "ok  %s of %s", figures.Plural(int64(q.Total), "ack"), figures.Plural(int64(q.N), "replica"))
	}
	if q.Durable < q.Total {
		fmt.Fprintf(&line, "  (%d on disk yet)", q.Durable)
	}
	if wrote.Context != "" {
		line.WriteString("  context " + wrote.Context)
	}
	a.printf("%s\n", line.String())
	return nil
}

// wantedAcks is the w that counted: the flag's, or the bucket's as the admin API tells it; quorum and all are
// of the members where these are fewer than n. It is not known where that cannot be asked, or may be another
// cluster's.
func (a *app) wantedAcks(ctx context.Context, bucket, w string) (int, bool) {
	if count, err := strconv.Atoi(w); err == nil {
		return count, true
	}
	if w == "one" {
		return 1, true
	}
	if !a.addrsAreOneWorld {
		return 0, false
	}
	admin, err := a.admin()
	if err != nil {
		return 0, false
	}
	props, err := admin.Bucket(ctx, bucket)
	if err != nil {
		return 0, false
	}
	layout, err := admin.Layout(ctx)
	if err != nil {
		return 0, false
	}
	replicas := min(props.N, len(layout.Members))
	if w == "" {
		w = string(props.W)
	}
	switch w {
	case "one":
		return 1, true
	case "quorum":
		return replicas/2 + 1, true
	case "all":
		return replicas, true
	}
	count, err := strconv.Atoi(w)
	return count, err == nil
}

// absent names the replicas that did not take the write, and who keeps it for them.
func (a *app) absent(ctx context.Context, wrote *client.Object) string {
	state := map[string]string{}
	if a.addrsAreOneWorld {
		if admin, err := a.admin(); err == nil {
			if cluster, err := admin.Cluster(ctx); err == nil {
				for _, n := range cluster.Nodes {
					state[n.Name] = n.State
				}
			}
		}
	}
	var parts []string
	for _, name := range wrote.Hinted {
		if state[name] == "down" {
			parts = append(parts, name+" is down")
		} else {
			parts = append(parts, name+" did not answer")
		}
	}
	them := "it"
	if len(parts) > 1 {
		them = "them"
	}
	if wrote.Quorum.Fallback == 0 {
		return fmt.Sprintf("%s; %s keeps a hint for %s", strings.Join(parts, ", "), wrote.Coordinator, them)
	}
	return fmt.Sprintf("%s; a hint is kept for %s", strings.Join(parts, ", "), them)
}

// aboutSiblings tells what now stands beside the value just written. It reads the key for that, and says
// nothing where this fails: the write is done.
func (a *app) aboutSiblings(ctx context.Context, k keyArg, mine client.Sibling, wrote *client.Object) {
	if a.json() || wrote.Standing < 2 {
		return
	}
	unseen := ""
	if c, err := a.client(); err == nil {
		if read, err := c.Get(ctx, k.bucket, k.key, client.GetOptions{Document: true}); err == nil {
			short := shortIDs(read.Siblings)
			var others []string
			for i, s := range read.Siblings {
				if !sameContent(s, mine) {
					others = append(others, short[i])
				}
			}
			if len(others) > 0 {
				unseen = ": this write had not seen " + strings.Join(others, ", ")
			}
		}
	}
	a.printf("    %d siblings now%s. To merge: %s\n", wrote.Standing, unseen, k.command("resolve"))
}

func sameContent(a, b client.Sibling) bool {
	return bytes.Equal(a.Value, b.Value) && a.ContentType == b.ContentType && a.ContentEncoding == b.ContentEncoding && maps.Equal(a.Metadata, b.Metadata)
}

// split reads a list of addresses.
func split(list string) []string {
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
