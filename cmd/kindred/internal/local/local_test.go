package local

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestTheListenerOfAPortIsFound(t *testing.T) {
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		t.Skip("this machine has no /proc")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	pid, program, ok := Listener(port)
	if !ok || pid != os.Getpid() || program == "" {
		t.Errorf("port %d is held by pid %d (%s), %v; want this process, %d", port, pid, program, ok, os.Getpid())
	}
	if got := Holder(l.Addr().String()); !strings.HasPrefix(got, "pid ") {
		t.Errorf("the holder is %q", got)
	}
	l.Close()
	if pid, _, ok := Listener(port); ok && pid == os.Getpid() {
		t.Error("the closed port is still said to be held by this process")
	}
	if got := Holder("nonsense"); got != "another process" {
		t.Errorf("the holder of nonsense is %q", got)
	}
}

func TestCPUTimeIsReadBehindTheProgramsName(t *testing.T) {
	stat := "41 (a) (b c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 1 0 100 0 0"
	if d, err := parseStat("stat", []byte(stat)); err != nil || d != 1750*time.Millisecond {
		t.Errorf("got %v, %v", d, err)
	}
	for _, bad := range []string{"", "41 a S", "41 (a) S 1 2", "41 (a) S 1 2 3 4 5 6 7 8 9 10 x 25 0"} {
		if d, err := parseStat("stat", []byte(bad)); err == nil {
			t.Errorf("%q gave %v", bad, d)
		}
	}
}
