// Package demo runs a cluster of three servers as children of one process, for a first look.
//
// The children are the same program (`kindred server`). They die with the demo: by its own hand when it is
// stopped, by the kernel (PR_SET_PDEATHSIG) where it is killed on Linux, and on any system because they
// stop when their standard input ends, which only the demo holds open. A child that dies is reported and
// not restarted; `kindred demo restart` asks for that from another terminal by a file in the demo's folder.
//
// The folder holds demo.json (who runs, where), demo.lock (held while the demo runs), one folder of data
// and one log for each node. It is deleted on exit, unless it is to be kept.
package demo
