// Package local knows the processes of this machine: which of them listens on a port, what CPU time a
// process has used, whether one is gone. Where the system does not tell (no /proc), the answers are empty.
package local
