// Package actors keeps, for every range of keys, the actor under which this node writes there, and its
// counter.
//
// The law is that no dot is ever issued twice, whatever crashes: a number is issued only from a block whose
// upper bound is on disk, so that a restart skips some numbers and repeats none. An actor found at start is
// a claim: it is used again only when Confirm says that nobody ever saw a higher number of it than this
// folder's own data holds; a write that cannot wait for that draws a fresh actor.
//
// The package decides; where entries are kept is behind Log. It knows neither disks nor Badger, starts no
// goroutines and takes its chance from its caller.
package actors
