package local

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of /proc/<pid>/stat: USER_HZ, which Linux fixes at 100 a second for programs.
const clockTick = time.Second / 100

// CPU is the time that the process has used so far, in user and kernel mode, its threads together. The
// error says why it cannot be told.
func CPU(pid int) (time.Duration, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("the CPU time of pid %d cannot be read: %w", pid, err)
	}
	return parseStat(path, stat)
}

// parseStat reads utime and stime, the 14th and 15th field. The second, the program's name, stands in
// brackets and may hold anything, brackets and blanks included (proc_pid_stat(5)).
func parseStat(path string, stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, fmt.Errorf("%s is not as expected", path)
	}
	fields := bytes.Fields(stat[end+1:])
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0, fmt.Errorf("%s is not as expected", path)
	}
	var ticks int64
	for _, f := range [][]byte{fields[utime], fields[stime]} {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%s is not as expected", path)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
