package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
)

// repairDocument is what the repair commands write with -o json.
type repairDocument struct {
	Nodes []nodeRepair `json:"nodes"`
}

// nodeRepair is how repair stands on one node.
type nodeRepair struct {
	Name   string           `json:"name"`
	Repair *document.Repair `json:"repair"` // null where the node did not answer
	// Error says why it did not answer, or not do what was asked.
	Error string `json:"error,omitempty"`
}

// askWithin bounds the wait for one node.
const askWithin = 5 * time.Second

// steerAll asks every node, by the addresses that one of them knows, and has each make the change, where there
// is one. A node that cannot be asked is a row that says why. The rows are ordered by name.
func (a *app) steerAll(ctx context.Context, change *document.RepairChange) ([]nodeRepair, error) {
	admin, err := a.admin()
	if err != nil {
		return nil, err
	}
	cluster, err := admin.Cluster(ctx)
	if err != nil {
		return nil, a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	rows := make([]nodeRepair, len(cluster.Nodes))
	var asking sync.WaitGroup
	for i, n := range cluster.Nodes {
		asking.Go(func() { rows[i] = steerOne(ctx, n, change) })
	}
	asking.Wait()
	slices.SortStableFunc(rows, func(x, y nodeRepair) int { return strings.Compare(x.Name, y.Name) })
	if err := ctx.Err(); err != nil {
		return nil, a.clientFailure(err, a.adminAddr, "--admin-addr", "")
	}
	return rows, nil
}

func steerOne(ctx context.Context, n document.Node, change *document.RepairChange) nodeRepair {
	row := nodeRepair{Name: n.Name}
	if n.State == "down" {
		row.Error = "down"
		if n.Cause != "" {
			row.Error += " (" + n.Cause + ")"
		}
		return row
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	admin, err := client.NewAdmin(n.Admin)
	if err == nil {
		defer admin.Close()
		if change == nil {
			row.Repair, err = admin.Repair(ctx)
		} else {
			row.Repair, err = admin.SteerRepair(ctx, *change)
		}
	}
	if err != nil {
		row.Error = why(err, n.Admin)
	}
	return row
}

// why is a call's error in a few words.
func why(err error, address string) string {
	var e *client.Error
	switch {
	case errors.As(err, &e) && e.Status != 0:
		return e.Detail
	case errors.As(err, &e) && e.Err != nil:
		return fmt.Sprintf("no answer at %s (%s)", address, short(e.Err))
	}
	return err.Error()
}

// answered counts the nodes that did.
func answered(rows []nodeRepair) int {
	count := 0
	for _, n := range rows {
		if n.Repair != nil {
			count++
		}
	}
	return count
}

// missing names the nodes that did not answer, or not do what was asked, and why; "" where there are none.
func missing(rows []nodeRepair) string {
	var out []string
	for _, n := range rows {
		if n.Error != "" {
			out = append(out, n.Name+": "+n.Error)
		}
	}
	return strings.Join(out, "; ")
}
