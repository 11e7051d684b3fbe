package process

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Cluster is a set of nodes that found one cluster together. Its methods are for one goroutine.
type Cluster struct {
	Nodes []*Node
}

// NewCluster prepares that many nodes, named n1 and on, below the folder. flags go to each of them.
func NewCluster(binary, folder string, count int, flags ...string) (*Cluster, error) {
	c := &Cluster{}
	for i := range count {
		n, err := NewNode(binary, folder, fmt.Sprintf("n%d", i+1), flags...)
		if err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, n)
	}
	var gossip []string
	for _, n := range c.Nodes {
		gossip = append(gossip, n.Gossip)
	}
	for _, n := range c.Nodes {
		n.Flags = append([]string{"--join", strings.Join(gossip, ","), "--bootstrap-expect", fmt.Sprint(count)}, n.Flags...)
	}
	return c, nil
}

// Start starts all nodes that do not run, and waits until each is ready.
func (c *Cluster) Start(ctx context.Context) error {
	for _, n := range c.Nodes {
		if n.Running() {
			continue
		}
		if err := n.Start(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, len(c.Nodes))
	var group sync.WaitGroup
	for i, n := range c.Nodes {
		group.Go(func() {
			if errs[i] = n.Ready(ctx); errs[i] != nil {
				cancel(errs[i]) // the others wait for it in vain
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// Kill ends all nodes with SIGKILL.
func (c *Cluster) Kill() {
	for _, n := range c.Nodes {
		n.Kill()
	}
}

// Stop ends all nodes in order, all at once.
func (c *Cluster) Stop(ctx context.Context) error {
	errs := make([]error, len(c.Nodes))
	var group sync.WaitGroup
	for i, n := range c.Nodes {
		group.Go(func() { errs[i] = n.Stop(ctx) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// Data lists the data listeners, Admin the admin listeners, in the order of the nodes.
func (c *Cluster) Data() []string  { return c.each(func(n *Node) string { return n.Data }) }
func (c *Cluster) Admin() []string { return c.each(func(n *Node) string { return n.Admin }) }

func (c *Cluster) each(f func(*Node) string) []string {
	var out []string
	for _, n := range c.Nodes {
		out = append(out, f(n))
	}
	return out
}
