package jepsen_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// startNode starts a cluster of one that ends with the test.
func startNode(t *testing.T, name string, flags ...string) *process.Node {
	t.Helper()
	n := newNode(t, name, flags...)
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, n)
	return n
}

func newNode(t *testing.T, name string, flags ...string) *process.Node {
	t.Helper()
	n, err := process.NewNode(binary, t.TempDir(), name, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	return n
}

func waitReady(t *testing.T, n *process.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := n.Ready(ctx); err != nil {
		t.Fatal(err)
	}
}

// refused starts a node that must end by itself with an error, and holds its output against what it must say.
func refused(t *testing.T, n *process.Node, says ...string) {
	t.Helper()
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := n.Wait(ctx); err == nil {
		t.Error("it ended as if all were well")
	} else if ctx.Err() != nil {
		t.Fatalf("it runs on: %v\n%s", err, n.Tail(20))
	}
	for _, s := range says {
		if !strings.Contains(n.Tail(20), s) {
			t.Errorf("its output does not say %q:\n%s", s, n.Tail(20))
		}
	}
}

func clientOf(t *testing.T, n *process.Node) *client.Client {
	t.Helper()
	c, err := client.New(n.Data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAFolderOfAnotherClusterIsRefusedByBothSides(t *testing.T) {
	theirs := startNode(t, "theirs")
	put(t, clientOf(t, theirs), "k", "v", "")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := theirs.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	ours := startNode(t, "ours")
	theirs.Flags = append(theirs.Flags, "--join", ours.Gossip)
	refused(t, theirs, "cluster", "--join")
	eventually(t, 10*time.Second, "the other side says nothing", func() error {
		if !strings.Contains(ours.Tail(50), "cluster") {
			return errors.New(ours.Tail(50))
		}
		return nil
	})
	theirs.Flags = nil
	if err := theirs.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, theirs)
	if got := values(get(t, clientOf(t, theirs), "k")); len(got) != 1 || got[0] != "v" {
		t.Errorf("its own data is %q", got)
	}
}

func TestTheSameFolderTwiceIsRefusedWithTheHoldersPid(t *testing.T) {
	first := startNode(t, "first")
	second := newNode(t, "first")
	second.Folder = first.Folder
	before := first.LogFile()
	t.Cleanup(func() { os.Remove(before) })
	refused(t, second, first.DataFolder(), fmt.Sprint(first.PID()))
	put(t, clientOf(t, first), "still", "serves", "")
}

func TestABusyPortIsNamedWithItsFlag(t *testing.T) {
	for _, flag := range []string{"--listen", "--admin", "--peer", "--gossip"} {
		t.Run(flag, func(t *testing.T) {
			busy, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer busy.Close()
			n := newNode(t, "n1")
			at := map[string]*string{"--listen": &n.Data, "--admin": &n.Admin, "--peer": &n.Peer, "--gossip": &n.Gossip}
			*at[flag] = busy.Addr().String()
			refused(t, n, flag, busy.Addr().String())
		})
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	n := newNode(t, "n1")
	if err := os.WriteFile(n.DataFolder(), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, n, n.DataFolder())
}

func TestAContextOfAnotherClusterIsRefused(t *testing.T) {
	one, other := startNode(t, "one"), startNode(t, "other")
	foreign := put(t, clientOf(t, one), "k", "v", "")
	put(t, clientOf(t, other), "k", "v", "")
	_, err := clientOf(t, other).Put(t.Context(), "causality", "k", []byte("w"), client.PutOptions{Context: foreign.Context})
	if !client.IsCode(err, "invalid-context") {
		t.Fatalf("answered %v", err)
	}
	if got := values(get(t, clientOf(t, other), "k")); len(got) != 1 || got[0] != "v" {
		t.Errorf("the key is %q now", got)
	}
}

func TestAStopDuringRequestsLosesNoAcknowledgedWrite(t *testing.T) {
	n := startNode(t, "n1")
	c := clientOf(t, n)
	var mu sync.Mutex
	acked := map[string]string{}
	var writers sync.WaitGroup
	began := make(chan struct{}, 8)
	for w := range 8 {
		writers.Go(func() {
			for i := 0; i < 100_000; i++ {
				key := fmt.Sprintf("w%d-%d", w, i)
				_, err := c.Put(t.Context(), "causality", key, []byte(key), client.PutOptions{})
				var e *client.Error
				switch {
				case err == nil:
					mu.Lock()
					acked[key] = key
					mu.Unlock()
				case errors.As(err, &e) && (e.Status == 503 || e.Status == 0):
					return
				default:
					t.Errorf("answered %v", err)
					return
				}
				if i == 20 {
					began <- struct{}{}
				}
			}
		})
	}
	for range cap(began) {
		<-began
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := n.Stop(ctx); err != nil {
		t.Errorf("it ended with %v\n%s", err, n.Tail(20))
	}
	writers.Wait()
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, n)
	for key, want := range acked {
		if got := values(get(t, c, key)); len(got) != 1 || got[0] != want {
			t.Fatalf("%s is %q", key, got)
		}
	}
	t.Logf("%d acknowledged writes are all there", len(acked))
}

func TestAFullDiskRefusesWritesAndServesReadsUntilThereIsRoom(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=400m"); err != nil {
		t.Skipf("a small file system cannot be mounted here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	n, err := process.NewNode(binary, folder, "n1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, n)
	c := clientOf(t, n)
	before := put(t, c, "k", "before", "")

	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 300<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "writes are still taken", func() error {
		_, err := c.Put(t.Context(), "causality", "probe", []byte("x"), client.PutOptions{})
		if !client.IsCode(err, "disk-full") {
			return fmt.Errorf("answered %v", err)
		}
		var e *client.Error
		if errors.As(err, &e); e.Status != 507 || e.Outcome != client.OutcomeNotApplied {
			t.Errorf("refused with %d and outcome %q", e.Status, e.Outcome)
		}
		return nil
	})
	if got := values(get(t, c, "k")); len(got) != 1 || got[0] != "before" {
		t.Errorf("read while full: %q", got)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "writes are still refused", func() error {
		_, err := c.Put(t.Context(), "causality", "k", []byte("after"), client.PutOptions{Context: before.Context})
		return err
	})
	if got := values(get(t, c, "k")); len(got) != 1 || got[0] != "after" {
		t.Errorf("read after the room came back: %q", got)
	}
}
