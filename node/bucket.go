package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// bindTimeout bounds the asking of all members.
const bindTimeout = 5 * time.Second

// binds keeps a bucket's replication factor and the writes to the bucket apart: a member that says yes to
// another n has no write under the old one left, and takes none until the promise ends.
type binds struct {
	mu sync.Mutex
	of map[string]bind
	// creating is held while this node asks all members for a promise: it has one such question at a time.
	creating sync.Mutex
}

// bind is what is going on in one bucket.
type bind struct {
	writes   int         // under way here, under the n that holds now
	promised int         // the n that this member said yes to, 0 for none
	by       ring.NodeID // who asked for the promise, and alone may take it back
	until    time.Time   // the end of the promise
}

// enterBucket begins a write to the key's bucket; done ends it. It is refused where the key's n is not, or
// may soon not be, the bucket's.
func (n *Node) enterBucket(k Key) (done func(), err error) {
	b := &n.binds
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.of[k.Bucket]
	if !n.bound(now, k) {
		return nil, &errRefused{Refused{Reason: RefusedOtherN}}
	}
	now.writes++
	b.of[k.Bucket] = now
	return func() { b.leave(k.Bucket) }, nil
}

// boundTo says whether the key's n is its bucket's, as far as this node knows. A node that answered for a key
// under another n would tell of an absence that it knows nothing about.
func (n *Node) boundTo(k Key) bool {
	n.binds.mu.Lock()
	defer n.binds.mu.Unlock()
	return n.bound(n.binds.of[k.Bucket], k)
}

// bound holds a key against its bucket's n: the promised one, where a promise stands, since only a creation
// that every member agreed to makes anybody use it.
func (n *Node) bound(b bind, k Key) bool {
	if b.promised != 0 && time.Now().Before(b.until) {
		return b.promised == k.N
	}
	return n.Cluster.View().Bucket(k.Bucket).N == k.N
}

func (b *binds) leave(bucket string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.of[bucket]
	now.writes--
	if now.writes == 0 && time.Now().After(now.until) {
		delete(b.of, bucket)
		return
	}
	b.of[bucket] = now
}

// promise binds this member to the bucket's n for a while, and says whether writes are still under way. It is
// refused while another member's promise stands, of the same n too: that one may be taken back.
func (b *binds) promise(bucket string, n int, by ring.NodeID, d time.Duration) (writes int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, old := range b.of { // promises that nobody came back to
		if old.writes == 0 && time.Now().After(old.until) {
			delete(b.of, name)
		}
	}
	now := b.of[bucket]
	if now.promised != 0 && (now.promised != n || now.by != by) && time.Now().Before(now.until) {
		return 0, false
	}
	now.promised, now.by, now.until = n, by, time.Now().Add(d)
	b.of[bucket] = now
	return now.writes, true
}

// release takes back the promise that the member asked for, and nobody else's.
func (b *binds) release(bucket string, by ring.NodeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.of[bucket]
	if now.by != by {
		return
	}
	now.promised, now.by, now.until = 0, 0, time.Time{}
	if now.writes == 0 {
		delete(b.of, bucket)
		return
	}
	b.of[bucket] = now
}

// handleBind answers a member that wants to create a bucket with an n of its own.
func (n *Node) handleBind(ctx context.Context, from ring.NodeID, m *BindRequest) *BindReply {
	name := n.View().NameOf(n.ID)
	if m.N == 0 {
		n.binds.release(m.Bucket, from)
		return &BindReply{}
	}
	writes, ok := n.binds.promise(m.Bucket, m.N, from, n.BindFor)
	if !ok {
		return &BindReply{Reason: name + " has just promised an n for this bucket to somebody else; try again in a moment"}
	}
	holds, err := n.Store.HoldsBucket(ctx, m.Bucket)
	switch {
	case err != nil:
		n.Log.Error("looking a bucket up failed", "bucket", m.Bucket, "err", err)
		n.binds.release(m.Bucket, from)
		return &BindReply{Reason: name + " could not look whether it holds anything of the bucket"}
	case holds || writes > 0:
		n.binds.release(m.Bucket, from)
		return &BindReply{Reason: name + " holds keys of the bucket, tombstones and hints included"}
	}
	return &BindReply{Bound: true}
}

// SetBucket changes a bucket's properties everywhere. Another n than the present one needs a bucket of which
// no member holds anything; every member is asked, and must answer. Errors are *Error.
func (n *Node) SetBucket(ctx context.Context, bucket string, p BucketProps) error {
	v := n.View()
	if v.Layout == nil {
		return errNoLayout()
	}
	if p.N < 1 || p.N > 16 || p.MaxSiblings < 1 || p.MaxValueSize < 0 {
		return &Error{Code: CodeInvalidParameter, Effect: NotApplied,
			Detail: "n must be 1 to 16, max_siblings at least 1 and max_value_size at least 0"}
	}
	for _, l := range []struct {
		name  string
		level Level
		least int
	}{{"r", p.R, 1}, {"w", p.W, 1}, {"pr", p.PR, 0}, {"pw", p.PW, 0}, {"dw", p.DW, 0}} {
		if c := l.level.Count(p.N); l.level != LevelAsW && (c < l.least || c > p.N) {
			return &Error{Code: CodeInvalidParameter, Effect: NotApplied,
				Detail: fmt.Sprintf("%s must be %d to %d, one, quorum or all", l.name, l.least, p.N)}
		}
	}
	was := v.Bucket(bucket)
	p.ExplicitN = was.ExplicitN || p.N != v.Layout.N()
	p.Changed = max(time.Now().UnixMilli(), was.Changed+1)
	if p.N != was.N {
		if !n.binds.creating.TryLock() {
			return &Error{Code: CodeBucketInUse, Effect: NotApplied,
				Detail: "this node is already asking all members for the n of a bucket; try again in a moment"}
		}
		defer n.binds.creating.Unlock()
		if err := n.bindAll(ctx, v, bucket, p.N); err != nil {
			return err
		}
	}
	if err := n.Cluster.SetBucket(bucket, p); err != nil {
		n.Log.Error("bucket properties could not be spread", "bucket", bucket, "err", err)
		return &Error{Code: CodeInternal, Effect: Unknown, Detail: "the bucket's properties could not be stored", Cause: err}
	}
	return nil
}

// bindAll has every member promise the bucket's new n. Where one does not, those that did are released, and
// the one that did not answer: it may have. Who said no has nothing to take back but an earlier promise.
func (n *Node) bindAll(ctx context.Context, v *View, bucket string, replicas int) error {
	ctx, cancel := context.WithTimeout(ctx, bindTimeout)
	defer cancel()
	members := v.Layout.Members()
	for i, m := range members {
		reply, err := n.bindAt(ctx, v, m.ID, &BindRequest{Bucket: bucket, N: replicas})
		if err == nil && reply.Bound {
			continue
		}
		asked := members[:i]
		if err != nil {
			asked = members[:i+1]
		}
		for _, asked := range asked {
			if _, err := n.bindAt(ctx, v, asked.ID, &BindRequest{Bucket: bucket}); err != nil {
				n.Log.Debug("a promise of a bucket's n could not be taken back; it ends by itself", "node", asked.Name, "err", err)
			}
		}
		why := fmt.Sprintf("%s did not answer, and every member must say yes", m.Name)
		if err == nil {
			why = reply.Reason
		}
		return &Error{Code: CodeBucketInUse, Effect: NotApplied, Cause: err,
			Detail: fmt.Sprintf("the n of bucket %q cannot be set: %s; n is fixed once anything was written", bucket, why)}
	}
	return nil
}

func (n *Node) bindAt(ctx context.Context, v *View, id ring.NodeID, m *BindRequest) (*BindReply, error) {
	if id == n.ID {
		return n.handleBind(ctx, n.ID, m), nil
	}
	reply, err := n.call(ctx, id, v.Layout.Number(), m)
	if err != nil {
		return nil, err
	}
	if b, ok := reply.(*BindReply); ok {
		return b, nil
	}
	return nil, fmt.Errorf("unexpected answer %T", reply)
}
