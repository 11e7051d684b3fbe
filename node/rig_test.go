package node_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/memory"
)

// bucket is the one that the tests write to, unless they are about buckets.
const bucket = "fruit"

// setup describes a cluster. The zero values of its functions change nothing.
type setup struct {
	members, n int
	config     func(*node.Config)
	store      func(ring.NodeID, *memory.Options)
}

// rig is a cluster in one bubble of virtual time: real nodes on stores in memory, a gossip that knows what the
// test says, and a network that does what the test scripts.
type rig struct {
	t       *testing.T
	layout  *ring.Layout
	members map[ring.NodeID]*member

	mu     sync.Mutex
	down   map[ring.NodeID]bool
	script script
}

// member is one node of the rig.
type member struct {
	*node.Node
	store *memory.Store
	disk  *memory.Disk
	opts  memory.Options
	view  *node.View // guarded by rig.mu
	stop  func()     // ends Run and waits for it; may be called twice
}

// call is one request under way.
type call struct {
	from, to ring.NodeID
	body     node.Message
	// deliver takes the request to its receiver, and gives the answer.
	deliver func(context.Context) (node.Message, error)
}

// script decides what becomes of a call.
type script func(context.Context, call) (node.Message, error)

// hang is the fate of a call to a node that has stopped in the middle of its work.
func hang(ctx context.Context) (node.Message, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// unsent is the fate of a call for which there is no connection.
func unsent() (node.Message, error) {
	return nil, fmt.Errorf("no connection: %w", node.ErrUnsent)
}

// run gives f a cluster inside a bubble, and stops it.
func run(t *testing.T, s setup, f func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, s)
		defer r.close()
		synctest.Wait() // until everybody is ready
		f(t, r)
	})
}

func newRig(t *testing.T, s setup) *rig {
	t.Helper()
	var all []ring.Member
	for i := range s.members {
		all = append(all, ring.Member{ID: ring.NodeID(i + 1), Name: fmt.Sprintf("n%d", i+1), Capacity: 1})
	}
	layout, err := ring.First(all, 16, s.n)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, layout: layout, members: map[ring.NodeID]*member{}, down: map[ring.NodeID]bool{}}
	var infos []node.MemberInfo
	for _, m := range all {
		infos = append(infos, node.MemberInfo{ID: m.ID, Name: m.Name, Up: true, Since: time.Now()})
	}
	for _, m := range all {
		r.members[m.ID] = &member{disk: memory.NewDisk(), view: &node.View{ClusterID: 1, Layout: layout, Members: infos}}
		r.members[m.ID].opts.Partitions = layout.Partitions()
		if s.store != nil {
			s.store(m.ID, &r.members[m.ID].opts)
		}
	}
	for _, m := range all {
		r.build(m.ID, s.config)
	}
	for _, m := range all { // only now: who runs calls the others at once
		r.members[m.ID].start()
	}
	return r
}

// build opens the member's store, which knows everything, and makes its node.
func (r *rig) build(id ring.NodeID, config func(*node.Config)) {
	r.t.Helper()
	m := r.members[id]
	m.store = m.open(r.t)
	if err := m.store.SetKnowsAll(true); err != nil {
		r.t.Fatal(err)
	}
	c := node.Config{ID: id, Store: m.store, Cluster: seat{r, id}, Peers: seat{r, id}}
	if config != nil {
		config(&c)
	}
	n, err := node.New(c)
	if err != nil {
		r.t.Fatal(err)
	}
	m.Node = n
}

// start runs the member's node.
func (m *member) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { m.Run(ctx) })
	m.stop = func() {
		cancel()
		ended.Wait()
	}
}

func (m *member) open(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.Open(m.disk, m.opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// powerCut ends the member's store as a power cut does, and gives what is found on its disk.
func (m *member) powerCut(t *testing.T) *memory.Store {
	t.Helper()
	m.store.Crash()
	return m.open(t)
}

func (r *rig) close() {
	for _, m := range r.members {
		m.stop()
	}
}

// setDown makes gossip believe that the nodes are down, and the network refuse them.
func (r *rig) setDown(down bool, ids ...ring.NodeID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.down[id] = down
	}
}

// setScript replaces what the network does; nil delivers everything.
func (r *rig) setScript(s script) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script = s
}

// setView changes one member's view.
func (r *rig) setView(id ring.NodeID, change func(*node.View)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := *r.members[id].view
	change(&v)
	r.members[id].view = &v
}

// seat is what one member sees of the rig: its gossip and its connections.
type seat struct {
	rig *rig
	id  ring.NodeID
}

func (s seat) View() *node.View {
	s.rig.mu.Lock()
	defer s.rig.mu.Unlock()
	return s.rig.members[s.id].view
}

func (s seat) Reachable(id ring.NodeID) bool {
	s.rig.mu.Lock()
	defer s.rig.mu.Unlock()
	return id == s.id || !s.rig.down[id]
}

func (s seat) AdoptLayout(l *ring.Layout) {
	s.rig.setView(s.id, func(v *node.View) {
		if l.Number() > v.Layout.Number() {
			v.Layout = l
		}
	})
}

// SetBucket reaches this member alone: the rig's gossip is as slow as can be.
func (s seat) SetBucket(name string, p node.BucketProps) error {
	s.rig.setView(s.id, func(v *node.View) { v.Buckets = map[string]node.BucketProps{name: p} })
	return nil
}

func (s seat) Call(ctx context.Context, to ring.NodeID, f node.Frame) (node.Message, error) {
	s.rig.mu.Lock()
	do, unreachable, receiver := s.rig.script, s.rig.down[to] || s.rig.down[s.id], s.rig.members[to]
	s.rig.mu.Unlock()
	if unreachable {
		return unsent()
	}
	c := call{s.id, to, f.Body, func(ctx context.Context) (node.Message, error) {
		select {
		case <-time.After(time.Millisecond):
			return receiver.Handle(ctx, s.id, f), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	if do == nil {
		return c.deliver(ctx)
	}
	return do(ctx, c)
}

// list is the preference list of the key in the tests' bucket, under the cluster's n.
func (r *rig) list(key string) []ring.NodeID { return r.listAt(key, r.layout.N()) }

func (r *rig) listAt(key string, n int) []ring.NodeID {
	var ids []ring.NodeID
	for _, p := range r.layout.PreferenceList(node.NewKey(bucket, key, n).Position, n) {
		ids = append(ids, p.Node)
	}
	return ids
}

// write is a request to put the value under the key.
func write(key, value string) node.PutRequest {
	return node.PutRequest{Bucket: bucket, Key: key, Content: content(value), Options: node.DefaultOptions()}
}

func content(value string) *node.Content {
	return node.NewContent([]byte(value), "text/plain", "", nil)
}

// put writes at the member.
func (r *rig) put(at ring.NodeID, p node.PutRequest) (node.Answer, error) {
	return r.members[at].Put(context.Background(), p)
}

// mustPut writes at the member, and the test ends where that fails.
func (r *rig) mustPut(at ring.NodeID, p node.PutRequest) node.Answer {
	r.t.Helper()
	a, err := r.put(at, p)
	if err != nil {
		r.t.Fatalf("put of %q at %v: %v", p.Key, at, err)
	}
	return a
}

// get reads at the member.
func (r *rig) get(at ring.NodeID, key string, change ...func(*node.GetRequest)) (node.Answer, error) {
	g := node.GetRequest{Bucket: bucket, Key: key, Options: node.DefaultOptions()}
	for _, f := range change {
		f(&g)
	}
	return r.members[at].Get(context.Background(), g)
}

// held is what the member's store holds of the key.
func (r *rig) held(at ring.NodeID, key string) node.Record {
	r.t.Helper()
	rec, err := r.members[at].store.Read(context.Background(), node.NewKey(bucket, key, r.layout.N()), -1)
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

// hints counts what the member keeps for the target.
func (r *rig) hints(at, target ring.NodeID) int64 {
	return r.members[at].store.Stats().Hints[target].Count
}

// until lets virtual time pass until the condition holds, and fails the test where it does not within the
// time given.
func (r *rig) until(within time.Duration, what string, condition func() bool) {
	r.t.Helper()
	for end := time.Now().Add(within); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("after %s still not: %s", within, what)
		}
	}
}

// wantError holds an error against a code and an effect.
func wantError(t *testing.T, err error, code node.Code, effect node.Effect) {
	t.Helper()
	var e *node.Error
	if !errors.As(err, &e) || e.Code != code || e.Effect != effect {
		t.Errorf("got %v, want %s with effect %d", err, code, effect)
	}
}
