package storage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bufio"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/folder"
)

// powerPuts is how many puts are acknowledged before the power goes; they fill several memtables.
const powerPuts = 1000

// TestAPowerCutLosesNothingAcknowledged runs a process with eight writers on a file system of its own, stops
// it at the thousandth acknowledgement, and goes on with what the file system had sent to its device by
// then: a copy of the device's file, taken live. What was only in the memory of process and kernel is gone.
func TestAPowerCutLosesNothingAcknowledged(t *testing.T) {
	if dir := os.Getenv("KINDRED_TEST_POWER_FOLDER"); dir != "" {
		powerLoad(dir)
		return
	}
	disk := image(t, 256)
	dir := mount(t, "-o", "loop", disk)
	acked, after := cutPower(t, dir, disk)

	again := mount(t, "-o", "loop", after) // ext4 replays its journal here
	b := &bed{t: t, dir: filepath.Join(again, "data"), opts: small()}
	b.mustStart()
	defer b.stop()
	if len(b.store.Doubts()) > 0 || len(b.folder.Findings()) > 0 {
		t.Errorf("doubts %v, findings %v", b.store.Doubts(), b.folder.Findings())
	}
	audit(t, b.store)
	tables, err := filepath.Glob(filepath.Join(b.dir, "badger", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Errorf("no memtable was turned over, %v", err)
	}
	lost, highest := 0, make(map[clock.Actor]uint64)
	for name, dot := range acked {
		rec, err := b.store.Read(t.Context(), powerKey(name), -1)
		if err != nil || len(rec.Versions) != 1 || rec.Versions[0].Dot.String() != dot || !rec.Contents[0].Intact() {
			lost++
		} else {
			d := rec.Versions[0].Dot
			highest[d.Actor] = max(highest[d.Actor], d.Counter)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged puts are lost", lost, len(acked))
	}
	claims := b.store.Claims()
	for _, c := range claims {
		if c.Last < highest[c.Actor] {
			t.Errorf("actor %s claims %d, and had issued %d", c.Actor, c.Last, highest[c.Actor])
		}
		delete(highest, c.Actor)
	}
	if len(highest) > 0 {
		t.Errorf("%d actors are not claimed", len(highest))
	}
	// No number comes twice, though the reserve of the last run may be all that is left of it.
	if err := b.store.Confirm(claims); err != nil {
		t.Fatal(err)
	}
	dots := make(map[string]bool)
	for _, dot := range acked {
		dots[dot] = true
	}
	for i := range 200 {
		dot, err := put1(b.store, powerKey(fmt.Sprint("after-", i)), value(i, 10), false)
		if err != nil {
			t.Fatal(err)
		}
		if dots[dot.String()] {
			t.Errorf("%s was issued before the power cut, too", dot)
		}
	}
}

// cutPower gives the dot of each acknowledged put, and the file with the device as it was at the cut.
func cutPower(t *testing.T, dir, disk string) (acked map[string]string, after string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestAPowerCutLosesNothingAcknowledged$")
	cmd.Env = append(os.Environ(), "KINDRED_TEST_POWER_FOLDER="+filepath.Join(dir, "data"))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	acked = make(map[string]string)
	for lines := bufio.NewScanner(out); len(acked) < powerPuts && lines.Scan(); {
		var name, dot string
		if _, err := fmt.Sscanf(lines.Text(), "acked %s %s", &name, &dot); err == nil {
			acked[name] = dot
		}
	}
	after = filepath.Join(t.TempDir(), "after.img")
	stopped := cmd.Process.Signal(syscall.SIGSTOP)
	copied := copySparse(disk, after)
	killed := cmd.Process.Kill()
	_ = cmd.Wait()
	for _, err := range []error{stopped, copied, killed} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(acked) < powerPuts {
		t.Fatalf("%d puts were acknowledged before the process ended:\n%s", len(acked), said.String())
	}
	unmount(t, dir)
	return acked, after
}

func powerKey(name string) node.Key { return node.NewKey("power", name, 3) }

// powerLoad writes new keys with eight writers until it is killed.
func powerLoad(dir string) {
	f, err := folder.Open(dir, folder.Options{})
	if err != nil {
		panic(err)
	}
	o := small()
	o.Folder, o.ActorBlock = f, 20
	s, err := Open(context.Background(), o)
	if err != nil {
		panic(err)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", w, i)
				dot, err := put1(s, powerKey(name), value(i, 1500+i%5*1000), false)
				if err != nil {
					panic(err)
				}
				fmt.Printf("acked %s %s\n", name, dot)
			}
		})
	}
	time.AfterFunc(time.Minute, func() { os.Exit(1) })
	wg.Wait()
}
