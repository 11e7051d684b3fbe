package jepsen_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// binary is the server, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "kindred-server-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if binary, err = process.Build(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// startCluster starts a cluster that ends with the test.
func startCluster(t *testing.T, nodes int, flags ...string) *process.Cluster {
	t.Helper()
	c, err := process.NewCluster(binary, t.TempDir(), nodes, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// clientsOf gives one client for each node, which asks that node alone.
func clientsOf(t *testing.T, c *process.Cluster) []*client.Client {
	t.Helper()
	var out []*client.Client
	for _, addr := range c.Data() {
		one, err := client.New(addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.Close)
		out = append(out, one)
	}
	return out
}

// eventually waits until the condition gives no error.
func eventually(t *testing.T, within time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("%s, after %s: %v", what, within, err)
		case <-tick.C:
		}
	}
}
