package peer

import (
	"testing"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// sample is one message whose bytes are held by a golden file.
type sample struct {
	name    string
	message node.Message
}

// samples holds each message at least once, and each field filled in at least one of them. The bytes that
// they come to never change: add samples, do not alter them.
func samples(t testing.TB) []sample {
	t.Helper()
	layout, err := ring.First([]ring.Member{
		{ID: 0xa1, Name: "a", Zone: "east", Capacity: 1}, {ID: 0xb2, Name: "b", Zone: "west", Capacity: 2},
	}, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	key := node.NewKey("carts", "alice/1", 3)
	object := sampleObject()
	seen := object.Versions.Context()
	tag := node.ETagOf(object.Versions)
	return []sample{
		{"merge-request", &node.MergeRequest{Key: key, Object: object, Targets: []ring.NodeID{0xa1, 0xb2}, Durable: true}},
		{"merge-request-bare", &node.MergeRequest{Key: node.NewKey("", "\x00/\xff", 1)}},
		{"merge-reply", &node.MergeReply{Durable: true}},
		{"fetch-request", &node.FetchRequest{Key: key, ContentMax: 65536}},
		{"fetch-request-all", &node.FetchRequest{Key: key, ContentMax: -1}},
		{"fetch-reply", &node.FetchReply{Object: object.Limit(10), Standing: node.Stranger, Targets: []ring.NodeID{0xc3}}},
		{"fetch-reply-none", &node.FetchReply{}},
		{"forward-request", &node.ForwardRequest{
			Put: node.PutRequest{
				Bucket: "carts", Key: "alice/1", Seen: seen, HasSeen: true,
				Content:  node.NewContent([]byte("eggs"), "text/plain", "identity", []node.Meta{{Name: "by", Value: "me"}}),
				IfAbsent: true, IfMatch: &tag, ReturnObject: true,
				Options: node.Options{
					R: node.LevelQuorum, W: node.LevelAll, PR: 1, PW: 2, DW: node.LevelAsW, NoSloppy: true, Timeout: time.Second,
				},
			},
			Role: ring.Fallback,
		}},
		{"forward-request-delete", &node.ForwardRequest{
			Put: node.PutRequest{Bucket: "carts", Key: "k", HasSeen: true, Options: node.DefaultOptions()},
		}},
		{"forward-reply", &node.ForwardReply{Answer: &node.Answer{
			Object: object, Seen: seen, Siblings: 2,
			Acks:        node.Acks{N: 3, Total: 2, Primary: 1, Fallback: 4, Durable: 5},
			Coordinator: 0xa1, Covers: true, Hinted: []ring.NodeID{0xb2},
		}}},
		{"forward-reply-error", &node.ForwardReply{Err: &node.Error{
			Code: node.CodeQuorumUnavailable, Effect: node.Unknown, Need: 2, Got: 1, Detail: "1 of 2 replicas answered",
		}}},
		{"seen-request", &node.SeenRequest{Claims: []node.ActorClaim{
			{Range: node.Range{Partition: 255, N: 3}, Actor: 0x1122334455667788, Last: 1 << 40},
			{Range: node.Range{N: 1}, Actor: 1},
		}}},
		{"seen-reply", &node.SeenReply{Highest: []uint64{0, 1, 1<<64 - 1}}},
		{"bind-request", &node.BindRequest{Bucket: "carts", N: 5}},
		{"bind-request-undo", &node.BindRequest{Bucket: "carts"}},
		{"bind-reply", &node.BindReply{Bound: true, Reason: "why not"}},
		{"status-request", &node.StatusRequest{}},
		{"status-reply", &node.StatusReply{Status: node.Status{
			Version: "0.1.0", Keys: 1, Bytes: 2, Hints: []node.TargetHints{{Target: 0xb2, Count: 3, Bytes: 4}},
			Damaged: 5, FreeBytes: 6, Full: true, GetP99: 8, PutP99: 9,
			Pairings: node.Pairings{Pairs: 10, Due: 11, Away: 12, Incomplete: 7}, RepairPaused: true,
			NoAntiEntropy: true, NoReadRepair: true, NoHandoff: true,
		}}},
		{"tree-request", &node.TreeRequest{
			Range: node.Range{Partition: 255, N: 3},
			Request: antientropy.Request{
				Want: antientropy.WantKeys, Spans: []antientropy.Span{{Level: 2, Index: 7}}, From: antientropy.Key{Position: 1, Name: "a"}, KeysMax: 9,
			},
		}},
		{"tree-reply", &node.TreeReply{Answer: antientropy.Answer{Sums: []antientropy.Sum{{1}, {}, {15: 2}}}}},
		{"tree-reply-keys", &node.TreeReply{Answer: antientropy.Answer{
			Keys: []antientropy.KeyState{{Key: antientropy.Key{Position: 1, Name: "a"}, Sum: antientropy.Sum{3}}}, More: true,
		}}},
		{"refused", &node.Refused{Reason: node.RefusedOldLayout, Detail: "layout 1 is older than 2", Layout: layout}},
		{"refused-bare", &node.Refused{Reason: node.RefusedOverloaded}},
	}
}

// sampleObject holds two siblings and a tombstone.
func sampleObject() node.Object {
	small := node.NewContent([]byte("milk"), "text/plain", "", nil)
	large := node.NewContent([]byte(`{"bread":2}`), "application/json", "gzip", []node.Meta{{Name: "by", Value: "me"}, {Name: "via", Value: ""}})
	version := func(actor clock.Actor, counter uint64, content clock.Digest) clock.Version {
		return clock.Version{
			Dot: clock.Dot{Actor: actor, Counter: counter}, After: counter - 2, Past: clock.Of(9, clock.Run{After: 1, Upto: 4}),
			Content: content, Coordinator: 0xa1, Wall: 1700000000000,
		}
	}
	dead := version(3, 8, clock.Digest{})
	dead.Tombstone = true
	var versions clock.Set
	for _, v := range []clock.Version{version(1, 3, small.Digest), version(2, 6, large.Digest), dead} {
		versions = clock.Sync(versions, clock.Set{v})
	}
	return objectOf(versions, small, large)
}

// objectOf puts the contents in order.
func objectOf(versions clock.Set, contents ...*node.Content) node.Object {
	o := node.Object{Versions: versions}
	for _, c := range contents {
		one := node.Object{Contents: []*node.Content{c}}
		for _, v := range versions {
			if v.Content == c.Digest && !v.Tombstone {
				one.Versions = append(one.Versions, v)
			}
		}
		o = node.MergeObjects(o, one)
	}
	return o
}

// objectWith has one version, of that content.
func objectWith(c *node.Content) node.Object {
	v := clock.Update(clock.Clock{}, nil, clock.Source{Actor: 1, Counter: 1})
	v.Content = c.Digest
	return objectOf(clock.Set{v}, c)
}
