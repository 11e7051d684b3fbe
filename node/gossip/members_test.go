package gossip

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/kindreddb/kindred/ring"
)

func newRoster() *roster { return &roster{started: time.Now(), peers: map[ring.NodeID]peer{}} }

func TestAFarewellCountsForTheProcessThatItNamesAndForNoOther(t *testing.T) {
	r := newRoster()
	first, second := testProfile(2, "n2", 4), testProfile(2, "n2", 5)
	if !r.alive(first) || r.alive(first) {
		t.Fatal("news is what was not known")
	}
	if _, news := r.gone(2, 3, true); news || !r.all()[2].up {
		t.Fatal("a farewell of a former process was believed")
	}
	if was, news := r.gone(2, 4, true); !news || was.id != 2 || r.all()[2].cause != causeLeft {
		t.Fatalf("after the farewell: %+v", r.all()[2])
	}
	if r.alive(first) || r.all()[2].up {
		t.Fatal("late gossip about the process that left was believed")
	}
	r.because(2, errors.New("connection refused"))
	if r.all()[2].cause != causeLeft {
		t.Fatal("it is forgotten that it left in good order")
	}
	if !r.alive(second) || !r.all()[2].up || r.all()[2].cause != "" {
		t.Fatal("the next process is not up")
	}
	if _, news := r.gone(2, 0, false); !news {
		t.Fatal("its death is no news")
	}
	r.because(2, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)})
	if got := r.all()[2].cause; got != "does not answer (connection refused)" {
		t.Fatal(got)
	}
	if _, news := r.gone(9, 0, false); news {
		t.Fatal("a node that nobody knows died")
	}
}

func TestOnlyNodesOfNoLayoutAreForgotten(t *testing.T) {
	r := newRoster()
	for id := ring.NodeID(1); id <= 4; id++ {
		r.alive(testProfile(id, "n", uint64(id)))
	}
	for id := ring.NodeID(1); id <= 3; id++ {
		r.gone(id, 0, false)
	}
	layout := must(ring.First(testMembers(1, 2), 4, 2))
	soon, late := time.Now().Add(forgetAfter-time.Minute), time.Now().Add(forgetAfter+time.Minute)
	if r.forget(layout, soon); len(r.all()) != 4 {
		t.Fatal("a node was forgotten too early")
	}
	if r.forget(layout, late); len(r.all()) != 3 {
		t.Fatalf("remembered: %v", r.all())
	}
	if _, known := r.all()[3]; known {
		t.Fatal("the wrong one was forgotten")
	}
}

func TestTheViewShowsMembersThatNobodyHeardOf(t *testing.T) {
	layout := must(ring.First(testMembers(1, 2, 3), 4, 2))
	r := newRoster()
	r.alive(testProfile(3, "renamed", 3))
	infos := memberInfos(testProfile(1, "n1", 1), r.started, r.all(), layout)
	if len(infos) != 3 || infos[0].ID != 1 || infos[1].ID != 2 || infos[2].ID != 3 {
		t.Fatalf("%+v", infos)
	}
	if !infos[0].Up || infos[1].Up || infos[1].Cause == "" || infos[1].Name != "n2" || !infos[2].Up || infos[2].Name != "renamed" {
		t.Fatalf("%+v", infos)
	}
}

func TestLinesThatRepeatThemselvesAreOfOneKind(t *testing.T) {
	for line, kind := range map[string]string{
		"Suspect 0000000000000005 has failed": "Suspect ",
		"msg type (40) not supported":         "msg type ",
		"no numbers here":                     "no numbers here",
	} {
		if got := libraryKind(line); got != kind {
			t.Errorf("%q is of the kind %q", line, got)
		}
	}
	level, text := cutLevel("[WARN] memberlist: hi")
	if level != "WARN" || text != "memberlist: hi" {
		t.Errorf("%q %q", level, text)
	}
}
