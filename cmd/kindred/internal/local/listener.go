package local

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Listener finds the process that listens on the TCP port of this machine: its pid and its program's name.
// ok is false where nobody does, or where it cannot be told (another user's process, no /proc).
func Listener(port int) (pid int, program string, ok bool) {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		listening(table, port, inodes)
	}
	if len(inodes) == 0 {
		return 0, "", false
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !inodes[target] {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return pid, strings.TrimSpace(string(name)), true
	}
	return 0, "", false
}

// listening adds the sockets of the kernel's table that listen on the port, written as links in /proc show
// them.
func listening(table string, port int, inodes map[string]bool) {
	f, err := os.Open(table)
	if err != nil {
		return
	}
	defer f.Close()
	const stateListen = "0A"
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || fields[3] != stateListen {
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
			inodes["socket:["+fields[9]+"]"] = true
		}
	}
}

// Holder describes who listens on the address's port, as in "pid 41210 (kindred)"; "another process" where
// it cannot be told.
func Holder(address string) string {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return "another process"
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "another process"
	}
	if pid, program, ok := Listener(port); ok {
		return fmt.Sprintf("pid %d (%s)", pid, program)
	}
	return "another process"
}
