package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// node is a server in a process of its own.
type node struct {
	cmd  *exec.Cmd
	args []string
	// Where it listens, as its log said when it was ready; empty for a node that does not get ready.
	data, admin, gossip string

	ready chan struct{} // closed when it said so
	ended chan struct{} // closed when the process is gone and its log complete
	mu    sync.Mutex
	log   strings.Builder
}

// patience bounds every wait of these tests; it is not what they measure.
const patience = 30 * time.Second

// startNode runs a server on free ports, with what the arguments add or replace. It is killed with the test.
func startNode(t *testing.T, args ...string) *node {
	t.Helper()
	base := []string{"server", "--name", "n1", "--data", filepath.Join(t.TempDir(), "data"), "--log-format", "json",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--peer", "127.0.0.1:0", "--gossip", "127.0.0.1:0"}
	n := &node{args: append(base, args...), ready: make(chan struct{}), ended: make(chan struct{})}
	n.start(t)
	return n
}

// start runs the process, the first time or again.
func (n *node) start(t *testing.T) {
	t.Helper()
	n.cmd = program(context.Background(), t, n.args...)
	stderr, err := n.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go n.follow(stderr, n.ready, n.ended)
	t.Cleanup(func() {
		n.cmd.Process.Kill()
		<-n.ended
		if t.Failed() {
			t.Logf("the log of %v:\n%s", n.args, n.logged())
		}
	})
}

// restart runs the process again, after its end.
func (n *node) restart(t *testing.T) {
	t.Helper()
	n.ready, n.ended = make(chan struct{}), make(chan struct{})
	n.start(t)
}

// follow reads the log to its end.
func (n *node) follow(stderr io.Reader, ready, ended chan struct{}) {
	defer close(ended)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		var line struct{ Msg, Data, Admin, Gossip string }
		json.Unmarshal(lines.Bytes(), &line) // a line that is no JSON is kept as it is
		n.mu.Lock()
		fmt.Fprintln(&n.log, lines.Text())
		if line.Msg == "ready" {
			n.data, n.admin, n.gossip = line.Data, line.Admin, line.Gossip
			close(ready)
		}
		n.mu.Unlock()
	}
	n.cmd.Wait()
}

func (n *node) logged() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.String()
}

// awaitReady waits until the node says that it is, and gives the environment that finds it.
func (n *node) awaitReady(t *testing.T) []string {
	t.Helper()
	select {
	case <-n.ready:
	case <-n.ended:
		t.Fatalf("the node ended with %d:\n%s", n.cmd.ProcessState.ExitCode(), n.logged())
	case <-time.After(patience):
		t.Fatalf("the node was not ready within %v:\n%s", patience, n.logged())
	}
	return []string{"KINDRED_ADDR=" + n.data, "KINDRED_ADMIN_ADDR=" + n.admin}
}

// awaitEnd waits for the end of the process and gives its exit code.
func (n *node) awaitEnd(t *testing.T) int {
	t.Helper()
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines are in the log then
		t.Fatalf("the node did not end within %v:\n%s", patience, n.logged())
	}
	return n.cmd.ProcessState.ExitCode()
}

func (n *node) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		<-time.After(10 * time.Millisecond) // between two looks at another process
	}
}

// status asks for a path of a listener and gives the HTTP status, 0 where nobody answers.
func status(address, path string) int {
	reply, err := http.Get("http://" + address + path)
	if err != nil {
		return 0
	}
	defer reply.Body.Close()
	io.Copy(io.Discard, reply.Body)
	return reply.StatusCode
}
