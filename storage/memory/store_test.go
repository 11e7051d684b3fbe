package memory

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/storetest"
)

func TestConformance(t *testing.T) {
	for name, o := range map[string]Options{
		"sync":     {},
		"interval": {Interval: time.Hour},
	} {
		o.Partitions = storetest.Partitions
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) *storetest.Subject { return subject(t, o) })
		})
	}
}

func subject(t *testing.T, o Options) *storetest.Subject {
	disk := NewDisk()
	store := mustOpen(t, disk, o)
	again := func() (node.Store, error) {
		s, err := Open(disk, o)
		if err == nil {
			store = s
		}
		return s, err
	}
	return &storetest.Subject{
		Store: store,
		Reopen: func() (node.Store, error) {
			if err := store.Close(); err != nil {
				return nil, err
			}
			return again()
		},
		Crash: func() (node.Store, error) {
			store.Crash()
			return again()
		},
		Damage: func(key node.Key) error {
			if err := store.Update(t.Context(), key, true, rewrite); err != nil { // to have it on the disk
				return err
			}
			if !disk.Damage(key) {
				return errors.New("nothing to damage")
			}
			return nil
		},
		SetFull: disk.SetFull,
	}
}

func rewrite(h node.Held) (node.Change, error) {
	return node.Change{Write: true, Object: h.Object, Targets: h.Targets}, nil
}

func mustOpen(t *testing.T, disk *Disk, o Options) *Store {
	t.Helper()
	s, err := Open(disk, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put writes a blind version and gives its dot.
func put(t *testing.T, s *Store, name string, durable bool) (clock.Dot, error) {
	var dot clock.Dot
	err := s.Update(t.Context(), node.NewKey("fruit", name, 3), durable, func(h node.Held) (node.Change, error) {
		source, err := h.Issue()
		if err != nil {
			return node.Change{}, err
		}
		c := node.NewContent([]byte(name), "", "", nil)
		v := clock.Update(clock.Clock{}, h.Versions, source)
		v.Content, dot = c.Digest, v.Dot
		return node.Change{Write: true, Object: node.MergeObjects(h.Object, node.Object{
			Versions: clock.Set{v}, Contents: []*node.Content{c},
		})}, nil
	})
	return dot, err
}

func versions(t *testing.T, s *Store, name string) int {
	t.Helper()
	rec, err := s.Read(t.Context(), node.NewKey("fruit", name, 3), -1)
	if err != nil {
		t.Fatal(err)
	}
	return len(rec.Versions)
}

func TestNothingIsVisibleBeforeItsSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, NewDisk(), Options{SyncDelay: func() time.Duration { return time.Second }})
		go put(t, s, "apple", false)
		synctest.Wait()
		if n := versions(t, s, "apple"); n != 0 {
			t.Errorf("%d versions are read before they are on disk", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := versions(t, s, "apple"); n != 1 {
			t.Errorf("%d versions are read after the sync", n)
		}
	})
}

func TestSyncsOfDifferentKeysRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, NewDisk(), Options{SyncDelay: func() time.Duration { return time.Second }})
		begin := time.Now()
		for _, name := range []string{"a", "b", "c", "d"} {
			go put(t, s, name, false)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, name := range []string{"a", "b", "c", "d"} {
			if versions(t, s, name) != 1 {
				t.Errorf("%q is not there after %s", name, time.Since(begin))
			}
		}
	})
}

func TestACrashInIntervalModeLosesTheYoungestOnlyAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, o := NewDisk(), Options{Interval: time.Second}
		s := mustOpen(t, disk, o)
		if err := s.SetKnowsAll(true); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			name    string
			durable bool
		}{{"durable", true}, {"old", false}, {"young", false}} {
			if step.name == "young" {
				time.Sleep(time.Second)
			}
			if _, err := put(t, s, step.name, step.durable); err != nil {
				t.Fatal(err)
			}
			if versions(t, s, step.name) != 1 {
				t.Errorf("%q cannot be read at once", step.name)
			}
		}
		s.Crash()
		s = mustOpen(t, disk, o)
		for name, want := range map[string]int{"durable": 1, "old": 1, "young": 0} {
			if got := versions(t, s, name); got != want {
				t.Errorf("%q: %d versions after the crash, want %d", name, got, want)
			}
		}
		if s.Knows(node.Range{N: 3}) || len(s.Claims()) != 0 {
			t.Error("an unclean end left the ranges complete or the actors in use")
		}
	})
}

func TestAFaultInMidUpdate(t *testing.T) {
	for _, c := range []struct {
		name string
		at   Operation
		want int // versions after the crash
	}{{"before the sync nothing is kept", BeforeSync, 0}, {"after the sync all is kept", AfterSync, 1}} {
		t.Run(c.name, func(t *testing.T) {
			disk := NewDisk()
			s := mustOpen(t, disk, Options{})
			disk.OnOperation(func(op Operation) {
				if op == c.at {
					s.Crash()
				}
			})
			dot, err := put(t, s, "apple", false)
			if c.want == 0 && !errors.Is(err, ErrClosed) {
				t.Errorf("the update gave %v", err)
			}
			disk.OnOperation(nil)
			after := mustOpen(t, disk, Options{})
			if got := versions(t, after, "apple"); got != c.want {
				t.Errorf("%d versions, want %d", got, c.want)
			}
			if next, err := put(t, after, "apple", false); err != nil || next == dot {
				t.Errorf("the next number is %s after %s, %v", next, dot, err)
			}
			if _, err := put(t, s, "apple", false); !errors.Is(err, ErrClosed) {
				t.Errorf("a crashed store took a write: %v", err)
			}
		})
	}
}

func TestADiskServesOneStoreAtATime(t *testing.T) {
	disk := NewDisk()
	s := mustOpen(t, disk, Options{})
	if _, err := Open(disk, Options{}); err == nil {
		t.Error("a disk was opened twice")
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	mustOpen(t, disk, Options{})
}

func TestACloneIsAnOldCopy(t *testing.T) {
	disk := NewDisk()
	s := mustOpen(t, disk, Options{})
	old, _ := put(t, s, "apple", false)
	clone := disk.Clone()
	if _, err := put(t, s, "pear", false); err != nil {
		t.Fatal(err)
	}
	restored := mustOpen(t, clone, Options{})
	if versions(t, restored, "apple") != 1 || versions(t, restored, "pear") != 0 {
		t.Error("the clone does not hold what the disk held")
	}
	if claims := restored.Claims(); len(claims) != 1 || claims[0].Last != old.Counter {
		t.Errorf("claims are %v", claims)
	}
}

func TestAFaultyDiskIsNeverAnAbsence(t *testing.T) {
	disk := NewDisk()
	s := mustOpen(t, disk, Options{})
	broken := errors.New("input/output error")
	disk.SetFault(broken)
	key := node.NewKey("fruit", "apple", 3)
	if _, err := s.Read(t.Context(), key, -1); !errors.Is(err, broken) {
		t.Errorf("read: %v", err)
	}
	if _, err := s.HoldsBucket(t.Context(), "fruit"); !errors.Is(err, broken) {
		t.Errorf("holds bucket: %v", err)
	}
	if _, err := s.Hinted(t.Context(), 7, node.Key{}, 1); !errors.Is(err, broken) {
		t.Errorf("hinted: %v", err)
	}
	if _, err := s.HighestSeen(node.Range{N: 3}, 7); !errors.Is(err, broken) {
		t.Errorf("highest seen: %v", err)
	}
	if err := s.SetKnowsAll(true); !errors.Is(err, broken) {
		t.Errorf("set knows: %v", err)
	}
}

func TestSeededStoresDrawTheSameActors(t *testing.T) {
	draw := func() clock.Dot {
		s := mustOpen(t, NewDisk(), Options{Rand: rand.New(rand.NewPCG(1, 2)).Uint64})
		dot, err := put(t, s, "apple", false)
		if err != nil {
			t.Fatal(err)
		}
		return dot
	}
	if a, b := draw(), draw(); a != b {
		t.Errorf("%s, then %s", a, b)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := Open(NewDisk(), Options{Partitions: 3}); err == nil {
		t.Error("three partitions were taken")
	}
	s := mustOpen(t, NewDisk(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Read(ctx, node.NewKey("fruit", "apple", 3), -1); !errors.Is(err, context.Canceled) {
		t.Errorf("a read whose context has ended gave %v", err)
	}
}
