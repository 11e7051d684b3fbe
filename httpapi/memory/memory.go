// Package memory is a backend of the HTTP API that keeps everything in memory on one node: real causality,
// no replication, no disk. Tests of the API and of its clients talk to it through real sockets; nothing else
// should.
package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// The cluster that a Backend pretends to be: three members, of which it is the first.
const (
	Self      = ring.NodeID(0x9f1c27d0a1b2c3d4)
	ClusterID = 0x1122334455667788
	actor     = clock.Actor(0x9f1c27d0a1b2c3d4)
	replicas  = 3
)

// Backend keeps keys in memory. All methods may be called concurrently.
type Backend struct {
	// Before, when not nil, is called with the name of the method at the beginning of Get, Put, Explain,
	// SetBucket and SteerRepair; its error is the method's. It must be set before the first request.
	Before func(ctx context.Context, method string) error
	// NotReady, when not nil, says why the backend is not ready. It must be set before the first request.
	NotReady func() error

	mu      sync.Mutex
	now     func() time.Time
	view    *node.View
	counter uint64
	objects map[name]node.Object
	repair  node.RepairStatus
}

type name struct{ bucket, key string }

// New makes an empty backend. now gives the wall time of writes; nil is the machine's.
func New(now func() time.Time) *Backend {
	if now == nil {
		now = time.Now
	}
	layout, err := ring.First([]ring.Member{
		{ID: Self, Name: "n1", Zone: "a", Capacity: 1},
		{ID: Self + 1, Name: "n2", Zone: "a", Capacity: 1},
		{ID: Self + 2, Name: "n3", Zone: "a", Capacity: 1},
	}, 8, replicas)
	if err != nil {
		panic("memory: " + err.Error()) // the members are constants
	}
	view := &node.View{
		ClusterID: ClusterID, Layout: layout, Buckets: map[string]node.BucketProps{},
		TokenKeys: []clock.TokenKey{{ID: 1, Secret: [32]byte{1, 2, 3}}},
	}
	for _, m := range layout.Members() {
		view.Members = append(view.Members, node.MemberInfo{
			ID: m.ID, Name: m.Name, Up: true, Since: time.UnixMilli(0).UTC(),
			Data: "127.0.0.1:8098", Admin: "127.0.0.1:8097", Peer: "127.0.0.1:7947", Gossip: "127.0.0.1:7946",
		})
	}
	return &Backend{now: now, view: view, objects: map[name]node.Object{}, repair: pretendedRepair(2 * layout.Partitions())}
}

// pretendedRepair has another figure in every field.
func pretendedRepair(pairs int) node.RepairStatus {
	r := node.RepairStatus{
		AntiEntropy: true, ReadRepair: true, Handoff: true, Period: 10 * time.Minute, BytesPerSecond: 16 << 20,
		Pairings:     node.Pairings{Pairs: pairs, Due: 4, Away: 3, Incomplete: 1},
		RepairTotals: node.RepairTotals{Exchanges: 40, Failed: 2, KeysFound: 8, Bytes: 1100},
		ReadRepairs:  9, HintsKept: 6, HintsDelivered: 5, Hints: node.HintStats{Count: 7, Bytes: 48},
	}
	r.Stats.Rounds, r.Stats.Sent, r.Stats.Received = 80, 4000, 5000
	r.Stats.Spans, r.Stats.Keys, r.Stats.Barren = 90, 10, 11
	return r
}

func (b *Backend) before(ctx context.Context, method string) error {
	if b.Before == nil {
		return nil
	}
	return b.Before(ctx, method)
}

// Ready is NotReady's answer, or nil.
func (b *Backend) Ready() error {
	if b.NotReady == nil {
		return nil
	}
	return b.NotReady()
}

// View is the pretended cluster.
func (b *Backend) View() *node.View {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view
}

// Writes counts the writes so far.
func (b *Backend) Writes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(b.counter)
}

// Get reads a key.
func (b *Backend) Get(ctx context.Context, r node.GetRequest) (node.Answer, error) {
	if err := b.before(ctx, "Get"); err != nil {
		return node.Answer{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[name{r.Bucket, r.Key}]
	seen := o.Versions.Context()
	return node.Answer{
		Object: o, Seen: seen, Siblings: len(o.Versions.Visible()), Covers: seen.Includes(r.AtLeast),
		Acks: node.Acks{N: replicas, Total: 2, Primary: 2}, Coordinator: Self,
	}, nil
}

// Put writes a value, or deletes.
func (b *Backend) Put(ctx context.Context, r node.PutRequest) (node.Answer, error) {
	if err := b.before(ctx, "Put"); err != nil {
		return node.Answer{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.objects[name{r.Bucket, r.Key}]
	visible := held.Versions.Visible()
	if r.IfAbsent && len(visible) > 0 || r.IfMatch != nil && (len(visible) == 0 || node.ETagOf(held.Versions) != *r.IfMatch) {
		return node.Answer{}, &node.Error{Code: node.CodePreconditionFailed, Effect: node.NotApplied, Detail: "the key is in another state"}
	}
	seen := r.Seen
	if r.IfMatch != nil || r.Content == nil && !r.HasSeen {
		seen = seen.Join(held.Versions.Context())
	}
	if r.Content != nil && len(held.Versions) >= b.view.Bucket(r.Bucket).MaxSiblings &&
		!slices.ContainsFunc(held.Versions, func(v clock.Version) bool { return seen.Covers(v.Dot) }) {
		return node.Answer{}, &node.Error{Code: node.CodeTooManySiblings, Effect: node.NotApplied, Detail: "merge some first"}
	}
	var digest clock.Digest
	if r.Content != nil {
		digest = r.Content.Digest
	}
	b.counter++
	past := clock.Fold(seen, held.Versions, digest, r.Content == nil)
	v := clock.Update(past, held.Versions, clock.Source{Actor: actor, Counter: b.counter})
	v.Tombstone, v.Content, v.Coordinator, v.Wall = r.Content == nil, digest, uint64(Self), b.now().UnixMilli()
	written := node.Object{Versions: clock.Set{v}}
	if r.Content != nil {
		written.Contents = []*node.Content{r.Content}
	}
	now := node.MergeObjects(held, written)
	b.objects[name{r.Bucket, r.Key}] = now
	a := node.Answer{
		Seen: v.Clock(), Siblings: len(now.Versions.Visible()),
		Acks: node.Acks{N: replicas, Total: 2, Primary: 2, Durable: 2}, Coordinator: Self,
	}
	if r.ReturnObject {
		a.Object, a.Seen = now, now.Versions.Context()
	}
	return a, nil
}

// Where says where a key would live.
func (b *Backend) Where(bucket, key string) (node.Location, error) {
	position := ring.Position(bucket, key)
	l := node.Location{Partition: b.view.Layout.Partition(position), N: replicas}
	for _, p := range b.view.Layout.PreferenceList(position, replicas) {
		if p.Role == ring.Primary {
			l.Primaries = append(l.Primaries, p.Node)
		} else {
			l.Fallbacks = append(l.Fallbacks, p.Node)
		}
	}
	return l, nil
}

// Explain shows what this node holds; the second does not answer, and the third keeps a hint for it.
func (b *Backend) Explain(ctx context.Context, bucket, key string) (node.Account, error) {
	if err := b.before(ctx, "Explain"); err != nil {
		return node.Account{}, err
	}
	l, err := b.Where(bucket, key)
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.objects[name{bucket, key}].Versions
	return node.Account{Location: l, Replicas: []node.ReplicaAccount{
		{Node: Self, Role: ring.Primary, Standing: node.Complete, Versions: held, Hash: node.StateHash(held)},
		{Node: Self + 1, Role: ring.Primary, Err: "connection refused"},
		{Node: Self + 2, Role: ring.Primary, Standing: node.Incomplete, Targets: []ring.NodeID{Self + 1}},
	}}, err
}

// ClusterStatus pretends that the second node is down.
func (b *Backend) ClusterStatus(context.Context) (node.ClusterStatus, error) {
	v := b.View()
	s := node.ClusterStatus{ClusterID: v.ClusterID, Layout: v.Layout, Verdict: node.Degraded}
	for i, m := range v.Members {
		row := node.NodeStatus{Member: m, State: "up", Zone: "a", Capacity: 1, Partitions: v.Layout.Partitions()}
		if i == 1 {
			row.State, row.Member.Up, row.Member.Cause = "down", false, "connection refused"
			row.HintsFor = node.HintStats{Count: 1, Bytes: 48}
			s.Problems = append(s.Problems, node.Problem{
				What: "n2 has not answered for 14s", Cause: "connection refused", Next: "nothing to do, its writes are kept",
			})
		} else {
			row.Status = &node.Status{Version: "test", Keys: 2, Bytes: 1100, GetP99: 900, PutP99: 1600, FreeBytes: 1 << 30,
				Pairings: b.repairNow().Pairings, RepairPaused: b.repairNow().Paused}
		}
		s.Nodes = append(s.Nodes, row)
	}
	return s, nil
}

// SetBucket replaces a bucket's properties.
func (b *Backend) SetBucket(ctx context.Context, bucket string, p node.BucketProps) error {
	if err := b.before(ctx, "SetBucket"); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := *b.view
	v.Buckets = map[string]node.BucketProps{bucket: p}
	for other, props := range b.view.Buckets {
		if other != bucket {
			v.Buckets[other] = props
		}
	}
	b.view = &v
	return nil
}

// SteerRepair changes what it pretends; a round that is asked for never ends.
func (b *Backend) SteerRepair(c node.RepairChange) (node.RepairStatus, error) {
	if err := b.before(context.Background(), "SteerRepair"); err != nil {
		return node.RepairStatus{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &b.repair
	if c.BytesPerSecond != nil {
		if *c.BytesPerSecond < 0 {
			return node.RepairStatus{}, &node.Error{Code: node.CodeInvalidParameter, Effect: node.NotApplied, Detail: "a negative budget"}
		}
		r.BytesPerSecond = *c.BytesPerSecond
	}
	if c.Paused != nil {
		r.Paused = *c.Paused
	}
	if c.Run {
		r.Due = r.Pairs
	}
	return *r, nil
}

func (b *Backend) repairNow() node.RepairStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.repair
}
