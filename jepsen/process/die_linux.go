package process

import "syscall"

// diesWithParent has the kernel kill the child when this program ends, however it ends.
func diesWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
