package jepsen_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// kindredAt runs a command of the program against a node, and gives its output and exit code.
func kindredAt(t *testing.T, n *process.Node, args ...string) (out string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "KINDRED_ADDR="+n.Data, "KINDRED_ADMIN_ADDR="+n.Admin)
	b, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("kindred %s: %v", strings.Join(args, " "), err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

func TestARoundAskedForOnTheCommandLineMakesAllCopiesEqual(t *testing.T) {
	const count = 300
	const bucket = "round"
	c := startCluster(t, 3, "--read-repair", "off", "--handoff", "off", "--repair-period", "24h")
	clients := clientsOf(t, c)
	n1, away := c.Nodes[0], c.Nodes[2]
	if out, exit := kindredAt(t, n1, "repair", "run", "--wait"); exit != 0 || !strings.Contains(out, "met in") {
		t.Fatalf("the first round ends with %d:\n%s", exit, out)
	}
	if out, exit := kindredAt(t, n1, "repair", "pause"); exit != 0 || !strings.Contains(out, "paused on 3 nodes") {
		t.Fatalf("a pause ends with %d:\n%s", exit, out)
	}
	if out, exit := kindredAt(t, n1, "status"); exit != 1 || !strings.Contains(out, "anti-entropy is paused on n2") || !strings.Contains(out, "kindred repair resume") {
		t.Errorf("status with a pause ends with %d:\n%s", exit, out)
	}
	away.Kill()
	eachKey(t, "written while n3 is away", count, func(ctx context.Context, i int, key string) error {
		_, err := clients[i%2].Put(ctx, bucket, key, []byte("value of "+key), client.PutOptions{})
		return err
	})
	if err := away.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, away)
	eventually(t, 30*time.Second, "the others do not see n3", func() error {
		if out, _ := kindredAt(t, n1, "status"); strings.Contains(out, " down ") {
			return errors.New(out)
		}
		return nil
	})
	for _, args := range [][]string{{"resume"}, {"rate", "8MiB"}} {
		if out, exit := kindredAt(t, n1, append([]string{"repair"}, args...)...); exit != 0 || !strings.Contains(out, "3 nodes") {
			t.Fatalf("repair %s ends with %d:\n%s", args[0], exit, out)
		}
	}
	eventually(t, time.Minute, "no round meets every pair", func() error { // n1 may take n3 for dead a little longer
		out, exit := kindredAt(t, n1, "repair", "run", "--wait")
		if exit != 0 {
			return fmt.Errorf("exit code %d:\n%s", exit, out)
		}
		t.Logf("kindred repair run --wait:\n%s", out)
		return nil
	})
	eachKey(t, "looked up on each node alone", count, func(ctx context.Context, i int, key string) error {
		account, err := clients[i%3].Explain(ctx, bucket, key)
		if err != nil {
			return err
		}
		for _, r := range account.Replicas {
			if len(r.Versions) != 1 || *r.Hash != *account.Replicas[0].Hash {
				return fmt.Errorf("%s holds %d versions, or another one", r.Name, len(r.Versions))
			}
		}
		return nil
	})
	out, exit := kindredAt(t, n1, "repair", "status")
	if exit != 0 || !strings.Contains(out, "8.4 MB/s") {
		t.Errorf("the status ends with %d", exit)
	}
	t.Logf("kindred repair status:\n%s", out)
}
