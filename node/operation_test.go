package node

import (
	"errors"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node/quorum"
)

func TestAnOperationTakesItsCountsFromTheRequestThenTheBucket(t *testing.T) {
	bucketSays := func(change func(*BucketProps)) BucketProps {
		p := DefaultProps(3)
		if change != nil {
			change(&p)
		}
		return p
	}
	asks := func(change func(*Options)) Options {
		o := DefaultOptions()
		if change != nil {
			change(&o)
		}
		return o
	}
	read := func(r, pr int) quorum.ReadNeed { return quorum.ReadNeed{R: r, PR: pr} }
	write := func(w, pw, dw int) quorum.WriteNeed { return quorum.WriteNeed{W: w, PW: pw, DW: dw} }
	for name, c := range map[string]struct {
		members  int
		interval bool
		bucket   func(*BucketProps)
		ask      func(*Options)
		read     quorum.ReadNeed
		write    quorum.WriteNeed
	}{
		"nothing is said": {members: 5, read: read(2, 0), write: write(2, 0, 2)},
		"nothing is said, and disks are not waited for": {members: 5, interval: true, read: read(2, 0), write: write(2, 0, 0)},
		"the bucket says": {members: 5, read: read(1, 1), write: write(3, 1, 1),
			bucket: func(p *BucketProps) { p.R, p.PR, p.W, p.PW, p.DW = 1, 1, LevelAll, 1, 1 }},
		"the request overrules the bucket": {members: 5, read: read(3, 0), write: write(1, 0, 1),
			bucket: func(p *BucketProps) { p.R, p.W = 1, 3 },
			ask:    func(o *Options) { o.R, o.W = LevelAll, 1 }},
		"more primaries than answers are wanted": {members: 5, read: read(3, 3), write: write(3, 3, 3),
			ask: func(o *Options) { o.R, o.PR, o.W, o.PW = 1, 3, 1, LevelAll }},
		"more disks than acks are wanted": {members: 5, interval: true, read: read(2, 0), write: write(3, 0, 3),
			ask: func(o *Options) { o.DW = LevelAll }},
		"no disk is wanted": {members: 5, read: read(2, 0), write: write(2, 0, 0),
			ask: func(o *Options) { o.DW = 0 }},
		"dw follows a w that was raised for pw": {members: 5, read: read(2, 0), write: write(3, 3, 3),
			ask: func(o *Options) { o.PW = 3 }},
		"all means the members, where they are fewer than n": {members: 2, read: read(2, 0), write: write(2, 0, 2),
			ask: func(o *Options) { o.R, o.W = LevelAll, LevelAll }},
		"a quorum is of the members, where they are fewer than n": {members: 1, read: read(1, 0), write: write(1, 0, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			n := bare(t, c.members, 3, !c.interval, bucketSays(c.bucket))
			op, err := n.resolve("b", "k", asks(c.ask))
			if err != nil {
				t.Fatal(err)
			}
			if op.read != c.read || op.write != c.write {
				t.Errorf("got %+v and %+v, want %+v and %+v", op.read, op.write, c.read, c.write)
			}
			if op.replicas != min(3, c.members) || len(op.list) != c.members || op.timeout != n.OperationTimeout || !op.sloppy {
				t.Errorf("%d replicas of a list of %d, %s, sloppy %t", op.replicas, len(op.list), op.timeout, op.sloppy)
			}
		})
	}
}

func TestAnOperationWhoseCountsNobodyCouldMeetIsRefused(t *testing.T) {
	for name, ask := range map[string]func(*Options){
		"r=0":          func(o *Options) { o.R = 0 },
		"r above n":    func(o *Options) { o.R = 4 },
		"w=0":          func(o *Options) { o.W = 0 },
		"w above n":    func(o *Options) { o.W = 4 },
		"pr above n":   func(o *Options) { o.PR = 4 },
		"pw above n":   func(o *Options) { o.PW = 4 },
		"dw above n":   func(o *Options) { o.DW = 4 },
		"w as the dw":  func(o *Options) { o.W = LevelAsW },
		"no such word": func(o *Options) { o.R = -7 },
	} {
		_, err := bare(t, 5, 3, true, DefaultProps(3)).resolve("b", "k", withOptions(ask))
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeInvalidParameter || e.Effect != NotApplied {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func withOptions(change func(*Options)) Options {
	o := DefaultOptions()
	change(&o)
	return o
}

func TestACountThatFewMembersCannotMeetNowIsNoFaultOfTheRequest(t *testing.T) {
	op, err := bare(t, 2, 3, true, DefaultProps(3)).resolve("b", "k", withOptions(func(o *Options) { o.W = 3 }))
	if err != nil || op.write.W != 3 {
		t.Errorf("w=3 of n=3 with two members: %+v, %v; want it to be tried and found unavailable", op, err)
	}
}

func TestAnOperationTakesItsTimeOutAndItsFallbacksFromTheRequest(t *testing.T) {
	op, err := bare(t, 5, 3, true, DefaultProps(3)).resolve("b", "k", withOptions(func(o *Options) {
		o.Timeout, o.NoSloppy = time.Second, true
	}))
	if err != nil || op.timeout != time.Second || op.sloppy {
		t.Errorf("%+v, %v", op, err)
	}
}

func TestAnOperationKnowsThePlacesOfItsNodes(t *testing.T) {
	op, err := bare(t, 5, 3, true, DefaultProps(3)).resolve("b", "k", DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range op.list {
		want := i
		if i >= 3 {
			want = -1
		}
		if op.place(p.Node) != want || !op.member(p.Node) {
			t.Errorf("%v at %d: place %d, member %t", p.Node, i, op.place(p.Node), op.member(p.Node))
		}
	}
	if op.place(99) != -1 || op.member(99) {
		t.Error("a stranger has a place")
	}
}
