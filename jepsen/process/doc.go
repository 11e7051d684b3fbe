// Package process runs real nodes: one operating-system process each, on disks and ports of their own, to be
// started, killed, paused and looked at from outside. It knows a node by its binary, its flags and its
// listeners, and nothing of what is inside.
//
// Whoever starts a process ends it: by Stop, Kill, or the end of this program (on Linux the kernel then
// kills the children).
package process
