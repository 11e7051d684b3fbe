package node

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Where says where a key lives, held or not.
func (n *Node) Where(bucket, name string) (Location, error) {
	op, err := n.resolve(bucket, name, DefaultOptions())
	if err != nil {
		return Location{}, withoutEffect(err)
	}
	return op.location(), nil
}

func (op *operation) location() Location {
	l := Location{Partition: op.layout.Partition(op.key.Position), N: op.key.N}
	for _, p := range op.primaries() {
		l.Primaries = append(l.Primaries, p.Node)
	}
	for _, p := range op.fallbacks() {
		l.Fallbacks = append(l.Fallbacks, p.Node)
	}
	return l
}

// Explain asks every node of the key's preference list, each alone, what it holds. A node that does not
// answer is part of the account.
func (n *Node) Explain(ctx context.Context, bucket, name string) (Account, error) {
	op, err := n.resolve(bucket, name, DefaultOptions())
	if err != nil {
		return Account{}, withoutEffect(err)
	}
	ctx, cancel := context.WithTimeout(ctx, op.timeout)
	defer cancel()
	a := Account{Location: op.location(), Replicas: make([]ReplicaAccount, len(op.list))}
	var group sync.WaitGroup
	for i, p := range op.list {
		group.Go(func() { a.Replicas[i] = n.accountOf(ctx, op, p) })
	}
	group.Wait()
	return a, nil
}

func (n *Node) accountOf(ctx context.Context, op *operation, p ring.Place) ReplicaAccount {
	a := ReplicaAccount{Node: p.Node, Role: p.Role}
	if !n.reachable(p.Node) {
		a.Err = "it cannot be reached"
		return a
	}
	reply, err := n.fetchFrom(ctx, p.Node, op, 0)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	a.Standing, a.Versions, a.Targets = reply.Standing, reply.Object.Versions, reply.Targets
	a.Hash = StateHash(a.Versions)
	return a
}

// StateHash is over the fixed encoding of a set: equal hashes are equal states. It is zero for nothing.
func StateHash(s clock.Set) clock.Digest {
	if len(s) == 0 {
		return clock.Digest{}
	}
	sum := sha256.Sum256(clock.AppendSet(nil, s))
	return clock.Digest(sum[:len(clock.Digest{})])
}
