//go:build !linux

package demo

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the children, which the demo stops itself. Where the demo is
// killed, they notice that their standard input has ended.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
