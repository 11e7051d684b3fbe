package peer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

type nodeID = ring.NodeID

func TestRandomMessagesComeBackAsTheyWent(t *testing.T) {
	for seed := range uint64(3000) {
		f := newGenerator(seed).frame()
		b := AppendFrame([]byte("before"), f)
		if !bytes.HasPrefix(b, []byte("before")) {
			t.Fatalf("seed %d: what stood before the frame was changed", seed)
		}
		back, err := DecodeFrame(b[len("before"):])
		if err != nil {
			t.Fatalf("seed %d: %T: %v", seed, f.Body, err)
		}
		if !reflect.DeepEqual(back, f) {
			t.Fatalf("seed %d: came back as %#v, went as %#v", seed, back.Body, f.Body)
		}
	}
}

// generator makes random messages of the kind that nodes send.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) frame() node.Frame {
	return node.Frame{Layout: g.wide(), Step: g.wide(), Body: g.message()}
}

func (g generator) message() node.Message {
	switch g.IntN(15) {
	case 0:
		return &node.MergeRequest{Key: g.key(), Object: g.object(), Targets: g.ids(), Durable: g.yes()}
	case 1:
		return &node.MergeReply{Durable: g.yes()}
	case 2:
		return &node.FetchRequest{Key: g.key(), ContentMax: int(g.signed())}
	case 3:
		return &node.FetchReply{Object: g.limited(), Standing: node.Standing(g.IntN(3)), Targets: g.ids()}
	case 4:
		return &node.ForwardRequest{Put: g.put(), Role: ring.Role(g.IntN(2))}
	case 5:
		if g.yes() {
			return &node.ForwardReply{Err: &node.Error{
				Code: node.Code(g.text()), Effect: node.Effect(g.IntN(3)), Need: g.IntN(9), Got: g.IntN(9), Detail: g.text(),
			}}
		}
		return &node.ForwardReply{Answer: g.answer()}
	case 6:
		m := new(node.SeenRequest)
		for range g.IntN(4) {
			m.Claims = append(m.Claims, node.ActorClaim{
				Range: node.Range{Partition: g.IntN(ring.PartitionsMax), N: 1 + g.IntN(9)}, Actor: g.actor(), Last: g.wide(),
			})
		}
		return m
	case 7:
		m := new(node.SeenReply)
		for range g.IntN(4) {
			m.Highest = append(m.Highest, g.wide())
		}
		return m
	case 8:
		return &node.BindRequest{Bucket: g.text(), N: g.IntN(ring.ReplicasMax + 1)}
	case 9:
		return &node.BindReply{Bound: g.yes(), Reason: g.text()}
	case 10:
		return &node.StatusRequest{}
	case 11:
		return &node.StatusReply{Status: g.status()}
	case 12:
		return &node.TreeRequest{
			Range:   node.Range{Partition: g.IntN(ring.PartitionsMax), N: 1 + g.IntN(9)},
			Request: antientropy.Request{Want: antientropy.WantSums, Spans: []antientropy.Span{{Level: 1, Index: uint32(g.IntN(64))}}},
		}
	case 13:
		return &node.TreeReply{Answer: antientropy.Answer{Sums: []antientropy.Sum{{byte(g.Uint32())}}}}
	}
	m := &node.Refused{Reason: node.Refusal(1 + g.IntN(20)), Detail: g.text()}
	if g.yes() {
		m.Layout = g.layout()
	}
	return m
}

func (g generator) put() node.PutRequest {
	p := node.PutRequest{
		Bucket: g.text(), Key: g.text(), Seen: g.clock(), HasSeen: g.yes(), IfAbsent: g.yes(), ReturnObject: g.yes(),
		Options: node.Options{
			R: g.level(), W: g.level(), PR: g.level(), PW: g.level(), DW: g.level(), NoSloppy: g.yes(),
			Timeout: time.Duration(g.signed()),
		},
	}
	if g.yes() {
		p.Content = g.content()
	}
	if g.yes() {
		p.IfMatch = new(node.ETag)
		p.IfMatch[g.IntN(16)] = byte(g.Uint32())
	}
	return p
}

func (g generator) answer() *node.Answer {
	return &node.Answer{
		Object: g.object(), Seen: g.clock(), Siblings: g.IntN(200),
		Acks:        node.Acks{N: g.IntN(9), Total: g.IntN(9), Primary: g.IntN(9), Fallback: g.IntN(9), Durable: g.IntN(9)},
		Coordinator: nodeID(g.wide()), Covers: g.yes(), Hinted: g.ids(),
	}
}

func (g generator) status() node.Status {
	s := node.Status{
		Version: g.text(), Keys: g.signed(), Bytes: g.signed(), Damaged: g.signed(), FreeBytes: g.signed(), Full: g.yes(),
		GetP99: g.signed(), PutP99: g.signed(),
		Pairings:     node.Pairings{Pairs: int(g.signed()), Due: int(g.signed()), Away: int(g.signed()), Incomplete: int(g.signed())},
		RepairPaused: g.yes(), NoAntiEntropy: g.yes(), NoReadRepair: g.yes(), NoHandoff: g.yes(),
	}
	for range g.IntN(3) {
		s.Hints = append(s.Hints, node.TargetHints{Target: nodeID(g.wide()), Count: g.signed(), Bytes: g.signed()})
	}
	return s
}

func (g generator) layout() *ring.Layout {
	var members []ring.Member
	for i := range 1 + g.IntN(5) {
		members = append(members, ring.Member{ID: nodeID(i + 1), Name: fmt.Sprint("n", i), Capacity: 1 + g.Uint32N(9)})
	}
	l, err := ring.First(members, 1<<g.IntN(5), 1+g.IntN(3))
	if err != nil {
		panic(err)
	}
	return l
}

// object writes a few versions, each having seen some of what was there, some of them twins or tombstones.
func (g generator) object() node.Object {
	var versions clock.Set
	contents := []*node.Content{g.content(), g.content(), g.content()}
	for i := range g.IntN(6) {
		seen := g.clock()
		for _, v := range versions {
			if g.yes() {
				seen = seen.Join(v.Clock())
			}
		}
		v := clock.Update(seen, versions, clock.Source{Actor: clock.Actor(1000 + g.IntN(3)), Counter: uint64(1 + 5*i + g.IntN(5))})
		if v.Tombstone = g.IntN(4) == 0; !v.Tombstone {
			v.Content = contents[g.IntN(len(contents))].Digest
		}
		v.Coordinator, v.Wall = g.wide(), g.signed()
		versions = clock.Sync(versions, clock.Set{v})
	}
	return objectOf(versions, contents...)
}

// limited leaves out some contents.
func (g generator) limited() node.Object {
	o := g.object().Limit(g.IntN(80) - 1)
	if len(o.Contents) == 0 {
		o.Contents = nil
	}
	return o
}

func (g generator) clock() clock.Clock {
	var c clock.Clock
	for range g.IntN(4) {
		after := g.wide() >> 1
		c = c.Join(clock.Of(g.actor(), clock.Run{After: after, Upto: after + 1 + g.wide()>>2}))
	}
	return c
}

func (g generator) content() *node.Content {
	var meta []node.Meta
	for i := range g.IntN(3) {
		meta = append(meta, node.Meta{Name: fmt.Sprint(i, g.text()), Value: g.text()})
	}
	return node.NewContent(g.bytes(), g.text(), g.text(), meta)
}

func (g generator) bytes() []byte {
	if g.yes() {
		return nil
	}
	out := make([]byte, 1+g.IntN(60))
	for i := range out {
		out[i] = byte(g.Uint32())
	}
	return out
}

func (g generator) text() string       { return string(g.bytes()) }
func (g generator) yes() bool          { return g.IntN(2) == 0 }
func (g generator) key() node.Key      { return node.NewKey(g.text(), g.text(), 1+g.IntN(9)) }
func (g generator) wide() uint64       { return g.Uint64() >> g.IntN(64) }
func (g generator) signed() int64      { return int64(g.Uint64()) >> g.IntN(64) }
func (g generator) actor() clock.Actor { return clock.Actor(1 + g.IntN(9)) }
func (g generator) level() node.Level  { return node.Level(g.IntN(12)) + node.LevelAsW }

func (g generator) ids() []nodeID {
	var out []nodeID
	for range g.IntN(3) {
		out = append(out, nodeID(1+g.wide()>>1))
	}
	return out
}
