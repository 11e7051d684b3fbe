package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
)

// Node is one server, running or not. Its methods are for one goroutine.
type Node struct {
	Name   string
	Folder string // of the node: its data is in data, its output in log
	// host:port of the four listeners.
	Data, Admin, Peer, Gossip string
	// Flags are those that the server gets beside its name, folder and listeners.
	Flags []string

	binary string
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	err    error         // how it ended
}

// NewNode prepares a node with a folder below parent and free ports on the loopback address.
func NewNode(binary, parent, name string, flags ...string) (*Node, error) {
	n := &Node{Name: name, Folder: filepath.Join(parent, name), Flags: flags, binary: binary}
	if err := os.MkdirAll(n.Folder, 0o700); err != nil {
		return nil, err
	}
	addrs, err := freeAddrs(4)
	if err != nil {
		return nil, err
	}
	n.Data, n.Admin, n.Peer, n.Gossip = addrs[0], addrs[1], addrs[2], addrs[3]
	return n, nil
}

// DataFolder is where the node keeps its data, LogFile where its output goes.
func (n *Node) DataFolder() string { return filepath.Join(n.Folder, "data") }
func (n *Node) LogFile() string    { return filepath.Join(n.Folder, "log") }

// Args are the arguments that the server is started with.
func (n *Node) Args() []string {
	args := []string{"server", "--name", n.Name, "--data", n.DataFolder(),
		"--listen", n.Data, "--admin", n.Admin, "--peer", n.Peer, "--gossip", n.Gossip}
	return append(args, n.Flags...)
}

// Start starts the process; it does not wait until the node is ready.
func (n *Node) Start() error {
	if n.Running() {
		return fmt.Errorf("%s runs already", n.Name)
	}
	log, err := os.OpenFile(n.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(n.binary, n.Args()...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = diesWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	n.cmd, n.exited = cmd, make(chan struct{})
	go func(exited chan struct{}) {
		n.err = cmd.Wait()
		close(exited)
	}(n.exited)
	return nil
}

// Running says whether the process was started and has not ended.
func (n *Node) Running() bool {
	if n.cmd == nil {
		return false
	}
	select {
	case <-n.exited:
		return false
	default:
		return true
	}
}

// PID is the process's id; 0 where it was never started.
func (n *Node) PID() int {
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}

// Signal sends the process a signal.
func (n *Node) Signal(s syscall.Signal) error {
	if !n.Running() {
		return fmt.Errorf("%s does not run", n.Name)
	}
	return n.cmd.Process.Signal(s)
}

// Kill ends the process with SIGKILL and waits for its end. It does nothing to one that does not run.
func (n *Node) Kill() {
	if n.Running() {
		n.cmd.Process.Kill()
		<-n.exited
	}
}

// Stop asks the process to end with SIGTERM, waits for it, and gives an error unless it ended in order.
func (n *Node) Stop(ctx context.Context) error {
	if !n.Running() {
		return nil
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return n.Wait(ctx)
}

// Wait waits for the process to end by itself, and gives an error unless it ended in order.
func (n *Node) Wait(ctx context.Context) error {
	select {
	case <-n.exited:
		return n.err
	case <-ctx.Done():
		return fmt.Errorf("%s did not end: %w", n.Name, ctx.Err())
	}
}

// Ready waits until the node says that it can coordinate. It gives up when the process ends, with the last
// lines of its output.
func (n *Node) Ready(ctx context.Context) error {
	c, err := client.New(n.Data)
	if err != nil {
		return err
	}
	defer c.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = c.Ready(ctx); err == nil {
			return nil
		}
		select {
		case <-n.exited:
			return fmt.Errorf("%s ended: %w\n%s", n.Name, n.err, n.Tail(20))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", n.Name, err, n.Tail(20))
		case <-tick.C:
		}
	}
}

// Tail gives the last lines of the node's output.
func (n *Node) Tail(lines int) string {
	b, err := os.ReadFile(n.LogFile())
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimRight(b, "\n"), []byte("\n"))
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return string(bytes.Join(all, []byte("\n")))
}

// String names the node and its data listener.
func (n *Node) String() string { return strings.Join([]string{n.Name, n.Data}, " at ") }
