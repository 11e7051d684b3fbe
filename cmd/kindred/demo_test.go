package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/demo"
)

// demoProcess is a running demo.
type demoProcess struct {
	cmd    *exec.Cmd
	folder string
	base   int
	env    []string // finds its first node
	ready  chan struct{}
	ended  chan struct{}
	mu     sync.Mutex
	out    strings.Builder
}

// startDemo runs a demo on free ports in a new folder and waits until it is ready.
func startDemo(t *testing.T, args ...string) *demoProcess {
	t.Helper()
	return startDemoAt(t, filepath.Join(t.TempDir(), "demo"), freePorts(t), args...)
}

// startDemoAt does so where an earlier one was.
func startDemoAt(t *testing.T, folder string, base int, args ...string) *demoProcess {
	t.Helper()
	d := &demoProcess{folder: folder, base: base, ready: make(chan struct{}), ended: make(chan struct{})}
	d.cmd = program(context.Background(), t, append([]string{"demo", "--data", d.folder, "--port-base", fmt.Sprint(d.base)}, args...)...)
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stderr = d.cmd.Stdout
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			d.mu.Lock()
			fmt.Fprintln(&d.out, lines.Text())
			d.mu.Unlock()
			if strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
				close(d.ready)
			}
		}
		d.cmd.Wait()
	}()
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		<-d.ended
	})
	select {
	case <-d.ready:
	case <-d.ended:
		t.Fatalf("the demo ended:\n%s", d.output())
	case <-time.After(patience):
		t.Fatalf("the demo was not ready within %v:\n%s", patience, d.output())
	}
	nodes := d.nodes(t)
	d.env = []string{"KINDRED_ADDR=" + nodes[0].Data, "KINDRED_ADMIN_ADDR=" + nodes[0].Admin}
	return d
}

func (d *demoProcess) output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

// nodes reads demo.json.
func (d *demoProcess) nodes(t *testing.T) []demo.Node {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(d.folder, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s demo.State
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	return s.Nodes
}

// interrupt is Ctrl-C; it waits for the end and gives the exit code.
func (d *demoProcess) interrupt(t *testing.T) int {
	t.Helper()
	d.cmd.Process.Signal(os.Interrupt)
	select {
	case <-d.ended:
	case <-time.After(patience):
		t.Fatalf("the demo did not end within %v:\n%s", patience, d.output())
	}
	return d.cmd.ProcessState.ExitCode()
}

// freePorts finds twelve ports in a row that nobody listens on, below those that the system gives away.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 100 {
		base := 10000 + rand.IntN(20000)
		nodes, err := demo.Plan(base)
		if err != nil {
			t.Fatal(err)
		}
		if len(demo.Busy(nodes)) == 0 {
			return base
		}
	}
	t.Fatal("no twelve free ports in a row")
	return 0
}

// gone says whether the process has ended.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestTheDemoServesOutlivesANodeRestartsItAndLeavesNothingBehind(t *testing.T) {
	d := startDemo(t)
	run := func(args ...string) outcome { return kindred(t, "", append(append([]string{}, d.env...), args...)...) }
	for _, want := range []string{"demo cluster in " + d.folder + " (deleted on exit; --keep to retain)", "  node  pid", "admin and dashboard", "Ready in ", " · n=3 r=2 w=2 · 256 partitions · any node answers for any key", "/kv/carts/ana -d milk", "kindred status"} {
		if !strings.Contains(d.output(), want) {
			t.Errorf("the demo does not say %q:\n%s", want, d.output())
		}
	}
	if got := run("put", "carts/ana", "milk"); got.code != 0 || !strings.HasPrefix(got.stdout, "ok  ") || !strings.Contains(got.stdout, " of 2 wanted  context ") {
		t.Errorf("put: %+v", got)
	}
	nodes := d.nodes(t)
	for _, n := range nodes {
		expect(t, kindred(t, "", "KINDRED_ADDR="+n.Data, "get", "carts/ana"), 0, "milk", "")
	}
	if got := run("status"); got.code != 0 || !strings.HasPrefix(got.stdout, "HEALTHY  3 of 3 nodes are up · all data can be read and written · 1 more may fail") {
		t.Errorf("status: %+v", got)
	}

	syscall.Kill(nodes[2].PID, syscall.SIGKILL)
	eventually(t, "the demo reports the dead node", func() bool {
		return strings.Contains(d.output(), fmt.Sprintf("n3 (pid %d) has died: signal: killed. Start it again: kindred demo restart n3 --data %s", nodes[2].PID, d.folder))
	})
	if got := run("put", "carts/bo", "tea"); got.code != 0 {
		t.Errorf("a put with a node down: %+v", got)
	}
	eventually(t, "status is degraded", func() bool {
		got := run("status")
		return got.code == 1 && strings.HasPrefix(got.stdout, "DEGRADED  1 of 3 nodes is down · all data can be read and written · 0 more may fail") && strings.Contains(got.stdout, "1. n3 has not answered for ")
	})
	if got := run("put", "carts/cy", "rum"); got.code != 0 || !strings.Contains(got.stdout, "ok  2 of 3 replicas  (n3 is down; n") || !strings.Contains(got.stdout, " keeps a hint for it)  context ") {
		t.Errorf("a put that is known to miss a replica: %+v", got)
	}

	if got := kindred(t, "", "demo", "restart", "n3", "--data", d.folder); got.code != 0 || !strings.HasPrefix(got.stdout, "n3 runs again, pid ") {
		t.Errorf("restart: %+v", got)
	}
	nodes = d.nodes(t)
	expect(t, kindred(t, "", "KINDRED_ADDR="+nodes[2].Data, "get", "carts/bo"), 0, "tea", "")
	eventually(t, "status is healthy again", func() bool { return run("status").code == 0 })

	if code := d.interrupt(t); code != 0 {
		t.Errorf("Ctrl-C ended the demo with %d:\n%s", code, d.output())
	}
	for _, n := range nodes {
		if !gone(n.PID) {
			t.Errorf("%s is left running", n.Name)
		}
	}
	if _, err := os.Stat(d.folder); err == nil {
		t.Error("the folder is left behind")
	}
}

func TestTheChildrenOfAKilledDemoDieWithIt(t *testing.T) {
	d := startDemo(t)
	nodes := d.nodes(t)
	d.cmd.Process.Kill()
	<-d.ended
	for _, n := range nodes {
		eventually(t, n.Name+" ends", func() bool { return gone(n.PID) })
	}
	// What it left is no obstacle to the next one there. (A killed process may show as ended while a thread of
	// it still holds its ports.)
	eventually(t, "the ports are free", func() bool { return len(demo.Busy(nodes)) == 0 })
	next := startDemoAt(t, d.folder, d.base)
	if code := next.interrupt(t); code != 0 {
		t.Errorf("the next demo ended with %d:\n%s", code, next.output())
	}
}

func TestAKeptDemoIsTakenUpAgain(t *testing.T) {
	d := startDemo(t, "--keep")
	if got := kindred(t, "", append(d.env, "put", "carts/ana", "milk")...); got.code != 0 {
		t.Fatalf("put: %+v", got)
	}
	if code := d.interrupt(t); code != 0 {
		t.Fatalf("it ended with %d:\n%s", code, d.output())
	}
	again := startDemoAt(t, d.folder, d.base)
	expect(t, kindred(t, "", append(again.env, "get", "carts/ana")...), 0, "milk", "")
	if code := again.interrupt(t); code != 0 {
		t.Errorf("the second one ended with %d:\n%s", code, again.output())
	}
	if _, err := os.Stat(d.folder); err == nil {
		t.Error("the second one was not told to keep the folder, and did")
	}
}

func TestADemoNamesWhatIsInItsWayAndStartsNothing(t *testing.T) {
	base := freePorts(t)
	busy, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+5))
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	folder := filepath.Join(t.TempDir(), "demo")
	expect(t, kindred(t, "", "demo", "--data", folder, "--port-base", fmt.Sprint(base)), 1, "",
		fmt.Sprintf("127.0.0.1:%d (n2's admin) is taken by pid %d\nkindred demo --port-base", base+5, os.Getpid()))
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder was made all the same")
	}

	strange := t.TempDir()
	if err := os.WriteFile(filepath.Join(strange, "letter.txt"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, kindred(t, "", "demo", "--data", strange, "--port-base", fmt.Sprint(freePorts(t))), 1, "", "was not made by a demo\nkindred demo --data FOLDER")
	if _, err := os.Stat(filepath.Join(strange, "letter.txt")); err != nil {
		t.Error("somebody's letter is gone")
	}
	expect(t, kindred(t, "", "demo", "restart", "n3", "--data", folder), 1, "", "no demo runs there\nStart one: kindred demo")
	expect(t, kindred(t, "", "demo", "--port-base", "65530"), 2, "", "--port-base 65530 leaves no room")
}
