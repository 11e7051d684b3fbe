package storage

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/node"
)

// The most anonymous memory that a process with a store may have, in bytes.
const (
	idleMemoryMax   = 120 << 20
	loadedMemoryMax = 400 << 20
	memoryKeys      = 100_000
)

// TestMemory runs a process with a store of its own, under default options, and looks at its anonymous
// memory: when nothing was stored, and at its highest while 100,000 keys of 1 KiB are written and read.
func TestMemory(t *testing.T) {
	if os.Getenv("KINDRED_TEST_MEMORY") != "" {
		fillAndReport(t)
		return
	}
	if raceDetector {
		t.Skip("the race detector takes several times the memory of what it watches")
	}
	child := exec.Command(os.Args[0], "-test.run", "^TestMemory$", "-test.v")
	child.Env = append(os.Environ(), "KINDRED_TEST_MEMORY=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for what, limit := range map[string]int64{"idle": idleMemoryMax, "loaded": loadedMemoryMax} {
		_, rest, found := strings.Cut(string(out), what+"=")
		number, _, _ := strings.Cut(rest, " ")
		used, err := strconv.ParseInt(number, 10, 64)
		if !found || err != nil {
			t.Fatalf("no figure for %s in %s", what, out)
		}
		t.Logf("%s: %d MB of anonymous memory", what, used>>20)
		if used > limit {
			t.Errorf("%s: %d bytes of anonymous memory, more than %d", what, used, limit)
		}
	}
}

func fillAndReport(t *testing.T) {
	o := small()
	o.MemTableBytes, o.ValueLogFileBytes = 0, 0
	o.Logger = slog.New(slog.DiscardHandler)
	b := newBed(t, o)
	fmt.Printf("idle=%d \n", anonymous(t))
	highest := int64(0)
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < memoryKeys; i += 64 {
				if _, err := put1(b.store, node.NewKey("memory", fmt.Sprint(i), 3), value(i, 1<<10), false); err != nil {
					t.Error(err)
					return
				}
				if w == 0 && i%640 == 0 {
					highest = max(highest, anonymous(t))
				}
			}
		})
	}
	wg.Wait()
	for i := range memoryKeys {
		rec, err := b.store.Read(t.Context(), node.NewKey("memory", fmt.Sprint(i), 3), -1)
		if err != nil || len(rec.Contents) != 1 {
			t.Fatalf("key %d: %+v, %v", i, rec, err)
		}
		if i%1000 == 0 {
			highest = max(highest, anonymous(t))
		}
	}
	runtime.KeepAlive(b)
	fmt.Printf("loaded=%d \n", highest)
}

// anonymous is the process's anonymous memory that is in RAM, in bytes.
func anonymous(t *testing.T) int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "RssAnon:" {
			kb, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("the system does not tell the anonymous memory")
	return 0
}
