package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestMendersGoOnPastAKeyThatCannotBeMendedAndStopAtAnythingElse(t *testing.T) {
	m := newMenders()
	done := make(chan int, 100)
	for i := range 100 {
		err := m.do(func() error {
			done <- i
			if i == 3 {
				return fmt.Errorf("reading: %w", ErrDamaged)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("task %d: %v", i, err)
		}
	}
	if err := m.wait(); !errors.Is(err, ErrDamaged) {
		t.Errorf("the damage is forgotten: %v", err)
	}
	if len(done) != 100 {
		t.Errorf("%d tasks ran", len(done))
	}

	m = newMenders()
	stopped := 0
	for range 100 {
		if m.do(func() error { return context.DeadlineExceeded }) != nil {
			stopped++
		}
	}
	if err := m.wait(); !errors.Is(err, context.DeadlineExceeded) || stopped == 0 {
		t.Errorf("%d were stopped: %v", stopped, err)
	}
}

func TestTheNameOfAKeyInTreesIsReadBack(t *testing.T) {
	for _, k := range [][2]string{{"b", "k"}, {"", "x"}, {"a/b", "\x00\xff"}, {string(make([]byte, 255)), string(make([]byte, 1024))}} {
		bucket, name, err := ParseTreeName(TreeName(k[0], k[1]))
		if err != nil || bucket != k[0] || name != k[1] {
			t.Errorf("%q: %q %q %v", k, bucket, name, err)
		}
	}
	for _, bad := range []string{"", "\x05ab", "\xff"} {
		if _, _, err := ParseTreeName(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
