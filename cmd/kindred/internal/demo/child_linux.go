package demo

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the children, which the demo stops itself, and has the kernel
// kill them when the demo is killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
