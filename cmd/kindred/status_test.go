package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
)

func pointer[T any](v T) *T { return &v }

// clusters are states that status must tell well, by the name of their golden file.
func clusters(now time.Time) map[string]document.Cluster {
	ago := func(d time.Duration) *string { return pointer(document.FormatTime(now.Add(-d))) }
	node := func(name, state string, since time.Duration, partitions int) document.Node {
		return document.Node{Name: name, State: state, Since: ago(since), Partitions: partitions,
			Keys: pointer(int64(2)), Bytes: pointer(int64(1_100_000)), GetP99: pointer(int64(910)), PutP99: pointer(int64(1620))}
	}
	down := document.Node{Name: "n3", State: "down", Since: ago(14 * time.Second), Partitions: 256, Hints: 1, HintBytes: 48}
	spare := document.Node{Name: "n4", State: "spare", Since: ago(3 * time.Hour), Keys: pointer(int64(0)), Bytes: pointer(int64(0))}
	return map[string]document.Cluster{
		"healthy": {Layout: pointer(uint64(1)), Verdict: "healthy", CanFail: 1, Nodes: []document.Node{
			node("n1", "up", 130*time.Second, 256), node("n2", "up", 130*time.Second, 256), node("n3", "up", 130*time.Second, 256), spare}},
		"degraded": {Layout: pointer(uint64(1)), Verdict: "degraded", CanFail: 0, Nodes: []document.Node{
			node("n1", "up", 130*time.Second, 256), node("n2", "up", 130*time.Second, 256), down},
			Problems: []document.Trouble{{What: "n3 has not answered for 14s", Cause: "connection refused",
				Next: "it will come back:  nothing to do, its writes are kept\nit is gone:         kindred cluster replace n3 NEWNODE"}}},
		"two of five down": {Layout: pointer(uint64(1)), Verdict: "degraded", Nodes: []document.Node{
			node("n1", "up", time.Minute, 154), node("n2", "up", time.Minute, 154), down, down, node("n5", "up", time.Minute, 154)},
			Problems: []document.Trouble{{What: "the absence of 30 % of keys cannot be told", Cause: "fewer than a quorum of their replicas are up", Next: "bring the nodes that are down back"}}},
		"unavailable": {Layout: pointer(uint64(1)), Verdict: "unavailable", Nodes: []document.Node{node("n1", "up", time.Second, 256), down, down}},
		"unborn":      {Verdict: "unavailable", Nodes: []document.Node{{Name: "n1", State: "up"}}, Problems: []document.Trouble{{What: "no cluster yet", Next: "start the others"}}},
		"one node":    {Layout: pointer(uint64(1)), Verdict: "healthy", Nodes: []document.Node{node("\x1b[31mn1", "up", time.Second, 256)}},
	}
}

func TestStatusGivesAVerdictEveryNodeAndEachProblemWithWhatToDo(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for name, c := range clusters(now) {
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join("testdata", "status_"+strings.ReplaceAll(name, " ", "_")+".txt"), statusText(&c, now, false))
			coloured := statusText(&c, now, true)
			if !strings.HasPrefix(coloured, "\x1b[3") || strings.Count(coloured, "\x1b") != 2 {
				t.Errorf("colour belongs to the verdict alone:\n%q", coloured)
			}
		})
	}
}

func TestStatusExitsWithOneUnlessTheClusterIsHealthy(t *testing.T) {
	f, env := startFake(t)
	for name, c := range clusters(time.Now()) {
		f.set(func() { f.cluster = c })
		want := 1
		if c.Verdict == "healthy" {
			want = 0
		}
		for _, format := range []string{"table", "json"} {
			got := kindred(t, "", append(env, "status", "-o", format)...)
			if got.code != want || got.stdout == "" || got.stderr != "" {
				t.Errorf("%s as %s: %+v, want exit code %d", name, format, got, want)
			}
			if strings.Contains(got.stdout, "\x1b") {
				t.Errorf("%s as %s: colour without a terminal, or from the server:\n%q", name, format, got.stdout)
			}
		}
	}
}

// golden compares the text with a file; KINDRED_UPDATE=1 writes the file anew, to be read as a diff.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("KINDRED_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (KINDRED_UPDATE=1 makes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}
