package storage

import (
	"fmt"
	"time"
)

// A store that has failed takes no more writes until the process is restarted: what of the last one is on disk
// is not known, or Badger cannot be relied upon any more. It answers everybody who waits, at once, and reads go
// on as far as they can.

// fail makes the store take no more writes, and tells all who wait for one. The first reason counts; it is
// what fail returns, with what to do.
func (c *committer) fail(why error) error {
	c.breaking.Do(func() {
		err := fmt.Errorf("the store in %s takes no more writes; restart the node: %w", c.db.dir, why)
		c.failed.Store(&err)
		c.over.fail(err)
		close(c.broken)
		c.opts.Logger.Error("the store takes no more writes", "error", err)
	})
	return *c.failed.Load()
}

// outcome waits for what becomes of an op that was queued.
func (c *committer) outcome(o *op) error {
	select {
	case err := <-o.done:
		return err
	case <-c.broken:
	}
	select {
	case err := <-o.done: // it was done before
		return err
	default:
		return *c.failed.Load()
	}
}

// watchLooks is how often the watchdog looks at a commit before it gives it up. It counts its looks, and does
// not measure: a process that was stopped for an hour has a commit under way that is an hour old.
const watchLooks = 8

// watch fails the store when a commit does not come to its end: Badger tries for ever to write to a disk that
// stays broken. Without it, callers, the locks of their keys and the end of the process would wait as long.
func (c *committer) watch() {
	tick := time.NewTicker(c.opts.CommitTimeMax / watchLooks)
	defer tick.Stop()
	last, looks := uint64(0), 0
	for {
		select {
		case <-c.ended:
			return
		case <-tick.C:
		}
		turn := c.turn.Load()
		if turn%2 == 0 || turn != last {
			last, looks = turn, 0
			continue
		}
		if looks++; looks == watchLooks {
			c.stuck.Store(true)
			_ = c.fail(fmt.Errorf("a commit has not ended after %s; look at its disk", c.opts.CommitTimeMax)) // logged there
			return
		}
	}
}
