package demo

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// child is one running server.
type child struct {
	node  Node
	cmd   *exec.Cmd
	stdin io.Closer     // its end tells the child to stop
	ended chan struct{} // closed when the process is gone
	fate  string        // how it ended; to be read after ended
}

// stop asks the child to finish what it has in hand.
func (c *child) stop() { c.cmd.Process.Signal(syscall.SIGTERM) }

// kill ends the child at once.
func (c *child) kill() { c.cmd.Process.Kill() }

// launcher starts processes from one thread that lives as long as it does: Linux sends the signal of
// PR_SET_PDEATHSIG when the thread that started the child ends, not the process.
type launcher struct {
	starts chan func()
}

func newLauncher() *launcher {
	l := &launcher{starts: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for start := range l.starts {
			start()
		}
	}()
	return l
}

// close ends the thread, and with it every child that still runs.
func (l *launcher) close() { close(l.starts) }

// launch starts one server. join lists the gossip addresses of all nodes.
func (l *launcher) launch(program, folder string, n Node, join []string, extra []string) (*child, error) {
	log, err := os.OpenFile(filepath.Join(folder, n.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	args := []string{
		"server", "--name", n.Name, "--data", filepath.Join(folder, n.Name),
		"--listen", n.Data, "--admin", n.Admin, "--gossip", n.Gossip, "--peer", n.Peer,
		"--join", strings.Join(join, ","), "--bootstrap-expect", fmt.Sprint(len(join)), "--exit-with-stdin",
	}
	cmd := exec.Command(program, append(args, extra...)...)
	cmd.Env = withoutSettings(os.Environ())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = ownGroup()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	l.starts <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", program, err)
	}
	n.PID = cmd.Process.Pid
	c := &child{node: n, cmd: cmd, stdin: stdin, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.fate = "exit status 0"
		if err := cmd.Wait(); err != nil {
			c.fate = err.Error()
		}
	}()
	return c, nil
}

// withoutSettings leaves out what would change the demo's servers behind its back.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, line := range environ {
		if !strings.HasPrefix(line, "KINDRED_") {
			kept = append(kept, line)
		}
	}
	return kept
}
