package jepsen_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// anonymousBytes is the memory of a process that no file stands behind.
func anonymousBytes(t *testing.T, n *process.Node) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.PID()))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no /proc here, which tells of anonymous memory")
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no RssAnon")
	return 0
}

func TestANodeStaysWithinItsMemoryIdleAndWith100000Keys(t *testing.T) {
	const keys, idleMax, loadedMax = 100_000, 120 << 20, 400 << 20
	n := startNode(t, "n1")
	if idle := anonymousBytes(t, n); idle > idleMax {
		t.Errorf("idle: %d MB", idle>>20)
	} else {
		t.Logf("idle: %d MB", idle>>20)
	}
	c := clientOf(t, n)
	value := bytes.Repeat([]byte("0123456789abcdef"), 64)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var next atomic.Int64
	var most atomic.Int64
	var writers sync.WaitGroup
	began := time.Now()
	for range 64 {
		writers.Go(func() {
			for i := next.Add(1); i <= keys; i = next.Add(1) {
				if _, err := c.Put(ctx, "memory", fmt.Sprint(i), value, client.PutOptions{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	loaded := make(chan struct{})
	go func() { writers.Wait(); close(loaded) }()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-tick.C:
		case <-loaded:
			done = true
		}
		most.Store(max(most.Load(), anonymousBytes(t, n)))
	}
	t.Logf("%d keys of %d bytes in %.1f s, at most %d MB while loading", keys, len(value), time.Since(began).Seconds(), most.Load()>>20)
	if most.Load() > loadedMax {
		t.Errorf("loaded: %d MB", most.Load()>>20)
	}
}
