package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// Update runs change under the key's lock and keeps what it decides.
func (s *Store) Update(ctx context.Context, key node.Key, durable bool, change func(node.Held) (node.Change, error)) error {
	unlock, err := s.locks.Lock(ctx, key)
	if err != nil {
		return fmt.Errorf("wait for the lock of %q in %q: %w", key.Name, key.Bucket, err)
	}
	defer unlock()
	rec, err := s.record(key)
	if err != nil {
		return fmt.Errorf("update %q in %q: %w", key.Name, key.Bucket, err)
	}
	r := key.RangeOf(s.opts.Partitions)
	own := s.book.Own(r)
	if rec.IsEmpty() && len(rec.Targets) == 0 {
		rec.Since = own
	}
	decided, err := change(node.Held{
		Record: s.shown(rec),
		Own:    source(own, rec.Since),
		Issue: func() (clock.Source, error) {
			dot, err := s.book.Issue(r)
			return source(dot, rec.Since), err
		},
	})
	if err != nil {
		return err
	}
	if decided.Retire {
		if err := s.book.Retire(r, own.Actor); err != nil {
			return err
		}
	}
	if !decided.Write {
		return nil
	}
	next := node.Record{Since: rec.Since, Targets: slices.Clone(decided.Targets)}
	if next.Object, err = adopt(decided.Object, rec.Object); err != nil {
		return fmt.Errorf("update %q in %q: %w", key.Name, key.Bucket, err)
	}
	return s.write(write{key: key, inRange: r, record: next}, durable)
}

// source pairs an actor's number with the record's since, which counts for that actor alone.
func source(dot, since clock.Dot) clock.Source {
	s := clock.Source{Actor: dot.Actor, Counter: dot.Counter}
	if since.Actor == dot.Actor {
		s.Since = since.Counter
	}
	return s
}

// shown leaves out large contents, as a store on disk does.
func (s *Store) shown(rec node.Record) node.Record {
	contents := slices.Clone(rec.Contents)
	for i, c := range contents {
		if c.Size > s.opts.InlineMax {
			contents[i] = c.Stub()
		}
	}
	rec.Contents = contents
	return rec
}

// adopt fills in the contents that were left out, from what is held.
func adopt(o, held node.Object) (node.Object, error) {
	contents := slices.Clone(o.Contents)
	for i, c := range contents {
		if !c.LeftOut {
			continue
		}
		if contents[i] = held.Content(c.Digest); contents[i] == nil {
			return node.Object{}, fmt.Errorf("content %x is neither at hand nor held", c.Digest)
		}
	}
	return node.Object{Versions: o.Versions, Contents: contents}, nil
}

func (s *Store) write(w write, durable bool) error {
	sync := durable || s.Durable()
	if sync {
		s.disk.operation(BeforeSync)
		if d := s.opts.SyncDelay(); d > 0 {
			time.Sleep(d)
		}
	}
	if err := s.keep(w, sync); err != nil {
		return fmt.Errorf("write %q in %q: %w", w.key.Name, w.key.Bucket, err)
	}
	if sync {
		s.disk.operation(AfterSync)
	}
	return nil
}

// keep makes the write visible: on disk, or pending.
func (s *Store) keep(w write, sync bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := s.disk.refusal(); err != nil {
		return err
	}
	w.at = time.Now()
	s.pending = append(s.pending, w)
	s.commits++
	s.bytes += int64(w.record.Size())
	if sync {
		s.flush()
	} else {
		s.settle()
	}
	return nil
}

// flush puts everything pending on disk. The caller holds both locks.
func (s *Store) flush() {
	s.disk.apply(s.pending)
	s.pending = nil
}

// settle puts on disk what is older than the interval: what a background sync would have done by now.
func (s *Store) settle() {
	young := slices.IndexFunc(s.pending, func(w write) bool { return time.Since(w.at) < s.opts.Interval })
	if young < 0 {
		young = len(s.pending)
	}
	s.disk.apply(s.pending[:young])
	s.pending = slices.Clone(s.pending[young:])
}
