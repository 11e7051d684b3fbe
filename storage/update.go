package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/trees"
)

// Update runs change under the key's lock and writes what it decides, in one transaction. Contents above
// 2 KiB are left out of what change is given.
func (s *Store) Update(ctx context.Context, key node.Key, durable bool, change func(node.Held) (node.Change, error)) error {
	if err := s.users.enter(); err != nil {
		return err
	}
	defer s.users.leave()
	if err := checkKey(key); err != nil {
		return err
	}
	unlock, err := s.locks.Lock(ctx, key)
	if err != nil {
		return fmt.Errorf("wait for the lock of %q in %q: %w", key.Name, key.Bucket, err)
	}
	defer unlock()
	before, err := s.load(key, 0)
	if err != nil {
		return fmt.Errorf("update %q in %q: %w", key.Name, key.Bucket, err)
	}
	r := key.RangeOf(int(s.partitions.Load()))
	own := s.book.Own(r)
	if !before.exists() {
		before.since = own
	}
	decided, err := change(node.Held{
		Record: before.shown(),
		Own:    source(own, before.since),
		Issue:  func() (clock.Source, error) { return s.issue(r, before.since) },
	})
	if err != nil {
		return err
	}
	if decided.Retire {
		if err := s.book.Retire(r, own.Actor); err != nil {
			return spaceError(err)
		}
	}
	if !decided.Write {
		return nil
	}
	if err := s.write(key, r, before, decided, durable); err != nil {
		return fmt.Errorf("write %q in %q: %w", key.Name, key.Bucket, err)
	}
	return nil
}

func (s *Store) issue(r node.Range, since clock.Dot) (clock.Source, error) {
	if err := s.fixPartitions(); err != nil {
		return clock.Source{}, err
	}
	dot, err := s.book.Issue(r)
	return source(dot, since), spaceError(err)
}

// source pairs an actor's number with the record's since, which counts for that actor alone.
func source(dot, since clock.Dot) clock.Source {
	out := clock.Source{Actor: dot.Actor, Counter: dot.Counter}
	if since.Actor == dot.Actor {
		out.Since = since.Counter
	}
	return out
}

// errResized is the answer of an update that was under way when the size of the ring became known.
var errResized = errors.New("the size of the ring was set meanwhile; try again")

// write brings a decided change to disk, or to where readers see it.
func (s *Store) write(key node.Key, r node.Range, before record, decided node.Change, durable bool) error {
	if s.space.full.Load() {
		return fmt.Errorf("%w: %d bytes and %d files are free in %s", node.ErrDiskFull, s.space.free.Load(), s.space.files.Load(), s.folder.Dir())
	}
	if err := s.fixPartitions(); err != nil {
		return err
	}
	if err := s.plantOwed(); err != nil {
		return err
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if r != key.RangeOf(int(s.partitions.Load())) {
		return errResized
	}
	after, err := succeed(before, decided)
	if err != nil {
		return err
	}
	if !after.exists() && !before.exists() {
		return nil
	}
	p, err := planOf(key, before, after, s.limits)
	if err != nil {
		return err
	}
	o := newOp(r, p.puts)
	o.delta, o.seen, o.soon, o.dead = deltaOf(before, after), events(before, after), durable, p.dead
	if f := s.forest.Load(); f != nil {
		if c := f.Change(key, before.versions, after.versions); !c.IsZero() {
			o.trees = []trees.Change{c}
		}
	}
	if need := o.cost.plus(o.figuresCost()); !need.fits(s.limits.transaction) {
		return fmt.Errorf("the change takes %d bytes in %d entries beside its contents: a transaction holds %d in %d",
			need.tree, need.entries, s.limits.transaction.tree, s.limits.transaction.entries)
	}
	if p.large() {
		return s.writeLarge(key, o, p)
	}
	if s.Durable() {
		return s.submit(context.Background(), o)
	}
	return s.acknowledge(key, after, o, durable)
}

// submit hands an op to the committer and waits for its outcome. ctx bounds the wait for a place in the
// queue.
func (s *Store) submit(ctx context.Context, o *op) error {
	select {
	case s.commits.queue <- o:
	case <-s.commits.broken:
		return *s.commits.failed.Load()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return s.commits.outcome(o)
}

// acknowledge makes a change of interval mode visible, and waits for the disk only where that is asked for.
func (s *Store) acknowledge(key node.Key, after record, o *op, durable bool) error {
	o.held = &pending{key: key, record: after, delta: o.delta, bytes: o.cost.tree + o.cost.log}
	if err := s.over.add(o.held, s.commits.hurry); err != nil {
		return err
	}
	if !durable {
		select {
		case s.commits.queue <- o:
			return nil
		case <-s.commits.broken:
			return *s.commits.failed.Load()
		}
	}
	return s.submit(context.Background(), o)
}

// succeed is the record after the change. Contents that are held stay where they are.
func succeed(before record, decided node.Change) (record, error) {
	after := record{
		since: before.since, versions: decided.Object.Versions,
		targets: slices.Compact(slices.Sorted(slices.Values(decided.Targets))),
	}
	inline := 0
	for _, c := range decided.Object.Contents {
		if held, found := before.find(c.Digest); found {
			if !held.chunked {
				inline += held.length
			}
		} else if c.LeftOut {
			return record{}, fmt.Errorf("content %x is neither at hand nor held", c.Digest)
		}
	}
	for _, c := range decided.Object.Contents {
		next, found := before.find(c.Digest)
		if !found {
			next = stored{digest: c.Digest, size: c.Size, length: bodyLength(c), content: c}
			next.chunked = next.length > inlineBytesMax || inline+next.length > inlineTotalMax
			if !next.chunked {
				inline += next.length
			}
		}
		after.contents = append(after.contents, next)
	}
	if len(decided.Targets) == 0 {
		after.targets = nil
	}
	return after, after.check()
}

// events are the highest events that the change names and the record did not, one for each actor.
func events(before, after record) []clock.Dot {
	var out []clock.Dot
	for _, v := range after.versions {
		if before.versions.Has(v) {
			continue
		}
		v.Clock().Each(func(a clock.Actor, run clock.Run) bool {
			out = append(out, clock.Dot{Actor: a, Counter: run.Upto})
			return true
		})
	}
	// The highest one of an actor first, and then without the others: siblings share most of their past.
	slices.SortFunc(out, func(a, b clock.Dot) int {
		return cmp.Or(cmp.Compare(a.Actor, b.Actor), cmp.Compare(b.Counter, a.Counter))
	})
	return slices.CompactFunc(out, func(a, b clock.Dot) bool { return a.Actor == b.Actor })
}

// targetsBetween lists what is in a and not in b.
func targetsBetween(a, b []ring.NodeID) []ring.NodeID {
	var out []ring.NodeID
	for _, t := range a {
		if !slices.Contains(b, t) {
			out = append(out, t)
		}
	}
	return out
}
