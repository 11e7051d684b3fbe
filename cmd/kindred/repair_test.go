package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
)

// startRepairFake gives a fake cluster of one node that is up, and, where down is set, one that is not.
func startRepairFake(t *testing.T, down bool) (*fake, []string) {
	t.Helper()
	f, env := startFake(t)
	_, admin, _ := strings.Cut(env[1], "=")
	f.set(func() {
		f.cluster.Nodes = []document.Node{{Name: "n1", State: "up", Admin: admin}}
		if down {
			f.cluster.Nodes = append(f.cluster.Nodes, document.Node{Name: "n0", State: "down", Cause: "connection refused"})
		}
		f.repair = document.Repair{AntiEntropy: true, ReadRepair: true, Handoff: true, Pairs: 512, PeriodSeconds: 600,
			BytesPerSecond: 16 << 20, KeysFound: 3, Bytes: 3000, ReadRepairs: 7, Hints: 2, HintBytes: 96}
	})
	return f, env
}

func TestRepairStatusIsAPageForEachState(t *testing.T) {
	for name, change := range map[string]func(*document.Repair){
		"quiet":   func(*document.Repair) {},
		"busy":    func(r *document.Repair) { r.Due, r.Away, r.Incomplete = 300, 100, 12 },
		"away":    func(r *document.Repair) { r.Due, r.Away = 256, 256 },
		"paused":  func(r *document.Repair) { r.Due, r.Paused, r.BytesPerSecond = 512, true, 0 },
		"off":     func(r *document.Repair) { r.AntiEntropy, r.Pairs = false, 0 },
		"one day": func(r *document.Repair) { r.PeriodSeconds = 86400 },
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := startRepairFake(t, true)
			change(&f.repair)
			rows := []nodeRepair{{Name: "n0", Error: "down (connection refused)"}, {Name: "n1", Repair: &f.repair}}
			golden(t, filepath.Join("testdata", "repair_"+strings.ReplaceAll(name, " ", "_")+".txt"), repairText(rows))
		})
	}
}

func TestRepairReachesEveryNodeAndNamesThoseThatItDoesNot(t *testing.T) {
	f, env := startRepairFake(t, false)
	run := func(args ...string) outcome {
		return kindred(t, "", append(env, append([]string{"repair"}, args...)...)...)
	}
	expect(t, run("pause"), 0, "anti-entropy is paused on 1 node\n  Let it go on: kindred repair resume (a node that is started again does so by itself)\n", "")
	f.set(func() {
		if !f.repair.Paused {
			t.Error("the pause did not reach the node")
		}
	})
	expect(t, run("resume"), 0, "anti-entropy runs again on 1 node\n", "")
	expect(t, run("rate", "2MB"), 0, "anti-entropy moves at most 2.0 MB/s on each of 1 node, until it is started again\n", "")
	f.set(func() {
		if f.repair.Paused || f.repair.BytesPerSecond != 2_000_000 {
			t.Errorf("the node is left with %+v", f.repair)
		}
	})
	expect(t, run("run"), 0, "512 pairs of copies are to meet\n  Watch it: kindred repair status\n", "")

	f.set(func() {
		f.cluster.Nodes = append(f.cluster.Nodes, document.Node{Name: "n0", State: "down", Cause: "connection refused"},
			document.Node{Name: "n2", State: "up", Admin: "127.0.0.1:1"})
	})
	expect(t, run("pause"), 1, "anti-entropy is paused on 1 node\n  Let it go on: kindred repair resume (a node that is started again does so by itself)\n",
		"not on every node: n0: down (connection refused); n2: no answer at 127.0.0.1:1 (connection refused)\n  See what is wrong: kindred status")
	got := run("status", "-o", "json")
	var d repairDocument
	if err := json.Unmarshal([]byte(got.stdout), &d); err != nil || got.code != 1 || len(d.Nodes) != 3 ||
		d.Nodes[0].Repair != nil || d.Nodes[0].Error == "" || d.Nodes[1].Repair == nil || !d.Nodes[1].Repair.Paused {
		t.Errorf("%v, %+v", err, got)
	}
	f.set(func() { f.cluster.Nodes, f.repair.AntiEntropy = f.cluster.Nodes[:1], false })
	if got := run("run"); got.code != 1 || !strings.Contains(got.stderr, "n1: its settings say --anti-entropy off") {
		t.Errorf("a round that a node refuses: %+v", got)
	}
}

func TestRepairSaysHowItIsUsed(t *testing.T) {
	for _, c := range []struct{ args, stderr string }{
		{"repair", "say what to do: status, run, pause, resume or rate BYTES"},
		{"repair rnu", "say what to do"},
		{"repair run now", "takes no arguments"},
		{"repair rate", "takes one size"},
		{"repair rate fast", `"fast" is no size`},
	} {
		expect(t, kindred(t, "", strings.Fields(c.args)...), 2, "", c.stderr)
	}
	expect(t, kindred(t, "", "repair", "status", "--admin-addr", "127.0.0.1:1"), 3, "", "nobody answers at 127.0.0.1:1")
}

func TestAWaitForARoundShowsProgressUntilAllHaveMet(t *testing.T) {
	f, env := startRepairFake(t, false)
	f.set(func() { f.meet = 256 })
	got := kindred(t, "", append(env, "repair", "run", "--wait")...)
	got.stdout = regexp.MustCompile(`in [0-9.]+s`).ReplaceAllString(got.stdout, "in 1.0s")
	got.stdout = regexp.MustCompile(` · [0-9]+s left`).ReplaceAllString(got.stdout, "")
	expect(t, got, 0, ""+
		"0 of 512 pairs met · nothing differed\n"+
		"256 of 512 pairs met · 256 differences found · 256 kB moved\n"+
		"512 pairs of copies met in 1.0s · 512 differences found · 512 kB moved\n", "")

	f.set(func() { f.repair.Away = 200 })
	got = kindred(t, "", append(env, "repair", "run", "--wait", "-o", "json")...)
	var d repairDocument
	if err := json.Unmarshal([]byte(got.stdout), &d); err != nil || got.code != 1 || len(d.Nodes) != 1 || d.Nodes[0].Repair.Due != 200 {
		t.Errorf("%v, %+v", err, got)
	}
	if !strings.Contains(got.stderr, "200 pairs could not meet: a node is away") {
		t.Errorf("it says %s", got.stderr)
	}
}

func TestAWaitCanBeLeftAndSaysHowToLookAgain(t *testing.T) {
	_, env := startRepairFake(t, false) // whose round never ends
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := program(ctx, t, append(env, "repair", "run", "--wait")...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "0 of 512 pairs met") {
		t.Errorf("the first line is %q", lines.Text())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("it ended with %v", err)
	}
	if want := "detached; the round goes on. Look again: kindred repair status\n"; said.String() != want {
		t.Errorf("it said %q", said.String())
	}
}
