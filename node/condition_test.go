package node_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// tagged makes the write conditional on the state that the answer shows.
func tagged(p node.PutRequest, a node.Answer) node.PutRequest {
	tag := node.ETagOf(a.Object.Versions)
	p.IfMatch = &tag
	return p
}

// absent makes the write conditional on there being no value.
func absent(p node.PutRequest) node.PutRequest {
	p.IfAbsent = true
	return p
}

// removal is the deletion of the key.
func removal(key string) node.PutRequest {
	p := write(key, "")
	p.Content = nil
	return p
}

func TestConditionsAreHeldAgainstAReadOfTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		before  []node.PutRequest // written one after the other, each seeing nothing
		tagFrom int               // how many of them the tag's reader has seen
		request func(node.Answer) node.PutRequest
		failed  bool
		after   int // siblings
	}{
		"create what is not there": {after: 1,
			request: func(node.Answer) node.PutRequest { return absent(write("k", "new")) }},
		"create what is there": {failed: true, after: 1, before: []node.PutRequest{write("k", "a")},
			request: func(node.Answer) node.PutRequest { return absent(write("k", "new")) }},
		"create what was deleted": {after: 1, before: []node.PutRequest{write("k", "a"), removal("k")},
			request: func(node.Answer) node.PutRequest { return absent(write("k", "new")) }},
		"replace what was read": {after: 1, tagFrom: 1, before: []node.PutRequest{write("k", "a")},
			request: func(a node.Answer) node.PutRequest { return tagged(write("k", "new"), a) }},
		"replace two siblings that were read": {after: 1, tagFrom: 2, before: []node.PutRequest{write("k", "a"), write("k", "b")},
			request: func(a node.Answer) node.PutRequest { return tagged(write("k", "new"), a) }},
		"replace what has changed since": {failed: true, after: 2, tagFrom: 1, before: []node.PutRequest{write("k", "a"), write("k", "b")},
			request: func(a node.Answer) node.PutRequest { return tagged(write("k", "new"), a) }},
		"replace what was never there": {failed: true,
			request: func(a node.Answer) node.PutRequest { return tagged(write("k", "new"), a) }},
		"replace what was deleted since": {failed: true, tagFrom: 1, before: []node.PutRequest{write("k", "a"), removal("k")},
			request: func(a node.Answer) node.PutRequest { return tagged(write("k", "new"), a) }},
		"delete what was read": {tagFrom: 1, before: []node.PutRequest{write("k", "a")},
			request: func(a node.Answer) node.PutRequest { return tagged(removal("k"), a) }},
		"delete what has changed since": {failed: true, after: 2, tagFrom: 1, before: []node.PutRequest{write("k", "a"), write("k", "b")},
			request: func(a node.Answer) node.PutRequest { return tagged(removal("k"), a) }},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
				list := r.list("k")
				var tag node.Answer
				for i, p := range c.before {
					p.Options.W = node.LevelAll
					r.mustPut(list[0], p)
					if i+1 == c.tagFrom {
						tag, _ = r.get(list[4], "k")
					}
				}
				_, err := r.put(list[4], c.request(tag))
				if c.failed {
					wantError(t, err, node.CodePreconditionFailed, node.NotApplied)
				} else if err != nil {
					t.Error(err)
				}
				if g, err := r.get(list[4], "k"); err != nil || g.Siblings != c.after {
					t.Errorf("%d siblings afterwards, want %d: %v", g.Siblings, c.after, err)
				}
			})
		})
	}
}

func TestOfManyWhoCreateAKeyAtOnceOneDoes(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		var mu sync.Mutex
		created := 0
		var clients sync.WaitGroup
		for id := range r.members {
			for range 4 {
				clients.Go(func() {
					_, err := r.put(id, absent(write("k", "mine")))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						created++
					} else {
						wantError(t, err, node.CodePreconditionFailed, node.NotApplied)
					}
				})
			}
		}
		clients.Wait()
		if created != 1 {
			t.Errorf("%d of 20 were told that they created it", created)
		}
	})
}

func TestAConditionThatTooFewCanTellOfIsNoFailedPrecondition(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[1], list[2])
		p := absent(write("k", "v"))
		_, err := r.put(list[0], p)
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		r.setDown(true, list[0])
		_, err = r.put(list[3], p)
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
		if !r.held(list[0], "k").IsEmpty() {
			t.Error("something was written")
		}
	})
}

// keyLedBy finds a key whose first primary the node is.
func (r *rig) keyLedBy(id ring.NodeID) string {
	r.t.Helper()
	for i := range 1000 {
		if key := fmt.Sprintf("k%d", i); r.list(key)[0] == id {
			return key
		}
	}
	r.t.Fatalf("no key is led by %v", id)
	return ""
}

func TestConditionalWritesWhoseCoordinatorsReadEachOtherDoNotWaitForOneAnother(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		done := make(chan error, len(r.members))
		began := time.Now()
		for id := range r.members {
			p := absent(write(r.keyLedBy(id), "v"))
			p.Options.R, p.Options.W = node.LevelAll, node.LevelAll
			go func() {
				_, err := r.put(id, p)
				done <- err
			}()
		}
		for range r.members {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("they took %s: some lock was held for another node's", took)
		}
	})
}

func TestAWriteThatReturnsTheObjectReturnsAllThatStands(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		first := write("k", "a")
		first.Options.W = node.LevelAll
		r.mustPut(list[0], first)
		p := write("k", "b")
		p.ReturnObject = true
		a := r.mustPut(list[0], p)
		if a.Siblings != 2 || len(a.Object.Versions) != 2 || !a.Object.Whole() {
			t.Errorf("%+v", a)
		}
		if !a.Seen.Includes(a.Object.Versions.Context()) {
			t.Error("the context does not cover what the client is shown")
		}
		p = write("k", "both merged")
		p.Seen, p.HasSeen = a.Seen, true
		if a := r.mustPut(list[1], p); a.Siblings != 1 {
			t.Errorf("%d siblings after a write that has seen both", a.Siblings)
		}
	})
}

func TestAValueBeyondTheBucketsSizeIsRefused(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		for _, id := range r.list("k") {
			r.setView(id, func(v *node.View) {
				p := node.DefaultProps(3)
				p.MaxValueSize = 4
				v.Buckets = map[string]node.BucketProps{bucket: p}
			})
		}
		r.mustPut(1, write("k", "four"))
		_, err := r.put(1, write("k", "fiver"))
		wantError(t, err, node.CodeValueTooLarge, node.NotApplied)
	})
}

func TestADeletionWithoutAContextDeletesWhatAReadSees(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		for _, v := range []string{"a", "b"} {
			r.mustPut(list[0], write("k", v))
		}
		synctest.Wait()
		r.mustPut(list[4], removal("k"))
		if g, err := r.get(list[3], "k"); err != nil || g.Siblings != 0 {
			t.Errorf("%d values, %v", g.Siblings, err)
		}
		r.setScript(func(ctx context.Context, c call) (node.Message, error) { return unsent() })
		_, err := r.put(list[4], removal("k"))
		wantError(t, err, node.CodeQuorumUnavailable, node.NotApplied)
	})
}
