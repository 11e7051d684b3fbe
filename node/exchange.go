package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/ring"
)

// Trees gives the hash trees that a store keeps of its ranges.
type Trees interface {
	// Copy is this node's copy of a range, for an exchange: its tree, which holds every write that is on disk,
	// and its keys, named by TreeName. It may be used concurrently and while the range is written to.
	Copy(r Range) (*antientropy.Copy, error)
}

// TreeName is the name under which a key stands in hash trees: uvarint(len(bucket)), bucket, key. It is for
// ever.
func TreeName(bucket, name string) string {
	return string(binary.AppendUvarint(nil, uint64(len(bucket)))) + bucket + name
}

// ParseTreeName reads what TreeName wrote.
func ParseTreeName(s string) (bucket, name string, err error) {
	length, width := binary.Uvarint([]byte(s))
	if width <= 0 || length > uint64(len(s)-width) {
		return "", "", errMalformed("the name of a key in a tree")
	}
	s = s[width:]
	return s[:length], s[length:], nil
}

// mendersMax is how many differing keys an exchange mends at a time.
const mendersMax = 16

// remoteCopy is another node's copy of a range.
type remoteCopy struct {
	n      *Node
	at     ring.NodeID
	layout uint64
	rng    Range
}

// Ask sends the request to the other node.
func (c remoteCopy) Ask(ctx context.Context, r antientropy.Request) (antientropy.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.n.FanoutTimeout)
	defer cancel()
	m, err := c.n.call(ctx, c.at, c.layout, &TreeRequest{Range: c.rng, Request: r})
	if err != nil {
		return antientropy.Answer{}, err
	}
	switch m := m.(type) {
	case *TreeReply:
		return m.Answer, nil
	case *Refused:
		c.n.learn(m)
		return antientropy.Answer{}, &errRefused{*m}
	}
	return antientropy.Answer{}, errors.New("the answer was not understood")
}

// handleTree answers another owner's question about this node's copy.
func (n *Node) handleTree(ctx context.Context, from ring.NodeID, layout *ring.Layout, m *TreeRequest) Message {
	switch {
	case m.Range.Partition < 0 || m.Range.Partition >= layout.Partitions():
		return &Refused{Reason: RefusedMalformed, Detail: "no such partition"}
	case n.Trees == nil:
		return &Refused{Reason: RefusedNotReady, Detail: "this node keeps no trees"}
	case !layout.Owns(n.ID, m.Range.Partition, m.Range.N):
		return &Refused{Reason: RefusedNotOwner}
	}
	c, err := n.Trees.Copy(m.Range)
	if err != nil {
		return n.refuse(from, err)
	}
	a, err := c.Ask(ctx, m.Request)
	if errors.Is(err, antientropy.ErrRequest) {
		return &Refused{Reason: RefusedMalformed, Detail: err.Error()}
	}
	if err != nil {
		return n.refuse(from, err)
	}
	return &TreeReply{Answer: a}
}

// exchange compares this node's copy of a range with another owner's, and mends every key that differs on
// both sides. It is done when no error comes back: whatever differed all the while is the same now.
func (n *Node) exchange(ctx context.Context, layout *ring.Layout, with ring.NodeID, rng Range) (antientropy.Stats, error) {
	extent, err := antientropy.NewExtent(rng.Partition, layout.Partitions())
	if err != nil {
		return antientropy.Stats{}, err
	}
	local, err := n.Trees.Copy(rng)
	if err != nil {
		return antientropy.Stats{}, fmt.Errorf("the own tree: %w", err)
	}
	menders := newMenders()
	report, err := antientropy.Exchange{
		Extent: extent, Local: local, Remote: remoteCopy{n, with, layout.Number(), rng},
	}.Run(ctx, func(d antientropy.Difference) error {
		bucket, name, err := ParseTreeName(d.Name)
		if err != nil {
			return err
		}
		return menders.do(func() error { return n.mend(ctx, layout, with, NewKey(bucket, name, rng.N)) })
	})
	return report.Stats, errors.Join(err, menders.wait())
}

// mend makes two copies of one key the same: each side merges what the other holds.
func (n *Node) mend(ctx context.Context, layout *ring.Layout, with ring.NodeID, key Key) error {
	ctx, cancel := context.WithTimeout(ctx, n.FanoutTimeout)
	defer cancel()
	op := &operation{key: key, layout: layout}
	theirs, err := n.fetchFrom(ctx, with, op, -1)
	if err != nil {
		return fmt.Errorf("fetching a key that differs: %w", err)
	}
	if err := n.mergeHere(ctx, layout, &MergeRequest{Key: key, Object: theirs.Object}); err != nil {
		return fmt.Errorf("merging a key that differs: %w", err)
	}
	ours, err := n.Store.Read(ctx, key, -1)
	if err != nil {
		return fmt.Errorf("reading a key that differs: %w", err)
	}
	n.repairing.mended(theirs.Object.Size())
	if !ours.Versions.Equal(theirs.Object.Versions) {
		n.repairing.mended(ours.Size())
		if _, err := n.merge(ctx, with, layout.Number(), &MergeRequest{Key: key, Object: ours.Object}); err != nil {
			return fmt.Errorf("sending a key that differs: %w", err)
		}
	}
	return n.repairing.wait(ctx)
}

// menders runs a few tasks at a time. The first error that tells of more than one key stops them; one that
// tells of a key alone, such as damage, is kept and stops nothing.
type menders struct {
	tokens chan struct{}
	group  sync.WaitGroup
	mu     sync.Mutex
	err    error
	blamed error
}

func newMenders() *menders { return &menders{tokens: make(chan struct{}, mendersMax)} }

// do starts the task as soon as there is room, or gives the error of an earlier one.
func (m *menders) do(task func() error) error {
	m.tokens <- struct{}{}
	if err := m.failed(); err != nil {
		<-m.tokens
		return err
	}
	m.group.Go(func() {
		defer func() { <-m.tokens }()
		if err := task(); err != nil {
			m.mu.Lock()
			defer m.mu.Unlock()
			kept := &m.err
			if blamesKey(err) {
				kept = &m.blamed
			}
			if *kept == nil {
				*kept = err
			}
		}
	})
	return nil
}

func (m *menders) failed() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func (m *menders) wait() error {
	m.group.Wait()
	return errors.Join(m.failed(), m.blamed)
}
