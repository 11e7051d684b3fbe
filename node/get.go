package node

import (
	"context"
	"time"
)

// Get reads a key: it asks replicas, merges what they hold, answers at r, and then mends those that answered
// with less. Any node can do it. Errors are *Error.
func (n *Node) Get(ctx context.Context, r GetRequest) (Answer, error) {
	leave, err := n.admit()
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	n.counters.Gets.Add(1)
	began := time.Now()
	op, err := n.resolve(r.Bucket, r.Key, r.Options)
	if err != nil {
		return Answer{}, withoutEffect(err)
	}
	ctx, cancel := context.WithTimeout(ctx, op.timeout)
	defer cancel()
	read, err := n.read(ctx, op, r.AtLeast, withContents)
	if err != nil && n.outdated(op) {
		if op, err = n.resolve(r.Bucket, r.Key, r.Options); err == nil {
			read, err = n.read(ctx, op, r.AtLeast, withContents)
		}
	}
	if err != nil {
		return Answer{}, withoutEffect(err)
	}
	n.repair(op, read)
	total, primary, fallback := read.tally.Counts()
	n.latency.get.record(time.Since(began))
	seen := read.merged.Versions.Context()
	return Answer{
		Object: read.merged, Seen: seen, Siblings: len(read.merged.Versions.Visible()),
		Acks:        Acks{N: op.key.N, Total: total, Primary: primary, Fallback: fallback},
		Coordinator: n.ID, Covers: seen.Includes(r.AtLeast),
	}, nil
}

// withoutEffect takes back the effect of an error that both reads and writes may meet.
func withoutEffect(err error) error {
	if e, ok := err.(*Error); ok {
		plain := *e
		plain.Effect = NoEffect
		return &plain
	}
	return err
}
