package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// watch reports children that die and restarts those that are asked for, until ctx ends.
func (r *running) watch(ctx context.Context) {
	const lookEvery = 100 * time.Millisecond
	for ctx.Err() == nil {
		for i, c := range r.children {
			if c != nil && c.gone() {
				r.report(i, c)
			}
			r.restartIfAsked(ctx, i)
		}
		pause(ctx, lookEvery)
	}
}

func (r *running) report(i int, c *child) {
	r.children[i] = nil
	r.state.Nodes[i].PID = 0
	r.state.write(r.Folder) // an old pid in the file misleads nobody for long: the process is gone
	fmt.Fprintf(r.Out, "%s (pid %d) has died: %s. Start it again: %s demo restart %s%s\n",
		c.node.Name, c.node.PID, c.fate, r.Call, c.node.Name, folderFlag(r.Folder))
}

// restartIfAsked starts the node again where the file that Restart writes is there; one that runs is
// stopped first.
func (r *running) restartIfAsked(ctx context.Context, i int) {
	name := r.state.Nodes[i].Name
	request := filepath.Join(r.Folder, name+restartSuffix)
	if os.Remove(request) != nil {
		return // not asked for
	}
	if c := r.children[i]; c != nil {
		c.stop()
		select {
		case <-c.ended:
		case <-time.After(stopWithin):
			c.kill()
			<-c.ended
		case <-ctx.Done():
			return
		}
	}
	if err := r.start(i); err != nil {
		fmt.Fprintf(r.Out, "%s cannot be started again: %v\n", name, err)
		return
	}
	fmt.Fprintf(r.Out, "%s is started again, pid %d\n", name, r.state.Nodes[i].PID)
}

// stop ends all children, together, each with the time that it needs; at once when kill is closed.
func (r *running) stop(kill <-chan struct{}) {
	late := time.After(stopWithin)
	for _, c := range r.children {
		if c != nil {
			c.stop()
		}
	}
	for _, c := range r.children {
		if c == nil {
			continue
		}
		select {
		case <-c.ended:
			continue
		case <-kill:
		case <-late:
			fmt.Fprintf(r.Out, "%s did not stop within %v and is killed\n", c.node.Name, stopWithin)
		}
		for _, c := range r.children {
			if c != nil {
				c.kill()
				<-c.ended
			}
		}
		return
	}
}

// ErrNoDemo says that no demo runs in the folder.
var ErrNoDemo = errors.New("no demo runs there")

// Restart asks the demo that runs in the folder to start the node again, and waits until it is ready. It
// returns the node as it runs then. Errors: ErrNoDemo, an unknown name, or that it did not become ready.
func Restart(ctx context.Context, folder, name string) (Node, error) {
	before, err := readState(folder)
	if err != nil || !runs(folder) {
		return Node{}, fmt.Errorf("%s: %w", folder, ErrNoDemo)
	}
	index := slices.IndexFunc(before.Nodes, func(n Node) bool { return n.Name == name })
	if index < 0 {
		var names []string
		for _, n := range before.Nodes {
			names = append(names, n.Name)
		}
		return Node{}, fmt.Errorf("the demo has no node %q, but %s", name, strings.Join(names, ", "))
	}
	if err := os.WriteFile(filepath.Join(folder, name+restartSuffix), nil, 0o600); err != nil {
		return Node{}, fmt.Errorf("the demo cannot be asked: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin+stopWithin)
	defer cancel()
	for ctx.Err() == nil {
		now, err := readState(folder)
		if err == nil && index < len(now.Nodes) && now.Nodes[index].PID != 0 && now.Nodes[index].PID != before.Nodes[index].PID && ready(ctx, now.Nodes[index]) {
			return now.Nodes[index], nil
		}
		if !runs(folder) {
			return Node{}, fmt.Errorf("%s: %w any more", folder, ErrNoDemo)
		}
		pause(ctx, pollEvery)
	}
	return Node{}, fmt.Errorf("%s was not ready again within %v; its log is %s", name, readyWithin+stopWithin, filepath.Join(folder, name+".log"))
}

// DefaultFolder is where a demo lives unless told otherwise.
const DefaultFolder = "kindred-demo"

func folderFlag(folder string) string {
	if filepath.Clean(folder) == DefaultFolder {
		return ""
	}
	return " --data " + folder
}
