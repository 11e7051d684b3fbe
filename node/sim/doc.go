// Package sim runs whole clusters of the real node code in one process: node.Node over stores of
// storage/memory, and a network whose delays, losses, duplicates and cuts come from a seed. It runs inside
// a bubble of testing/synctest, where time is virtual: a minute of a cluster's life costs milliseconds.
//
//	Seed      every choice of a run: a hash of (seed, what is chosen, for whom, the how-manieth)
//	Network   node.Peers for each process; messages cross it as bytes, through the codec of node/peer
//	Cluster   members, their disks and processes: crash, restart, pause, amnesia, an old disk, a clone
//	Client    what a user does, and all that a user can know
//	History   every operation with its outcome; the checkers judge it by the clients' knowledge alone
//	Workload  clients and faults drawn from a seed, for the runs nobody wrote down
//
// # Replay
//
// Chance is never the next draw of a shared source, because then the order in which goroutines ask would
// change every later answer. It is a hash of the seed and of the content of what it decides, counted where
// the same content comes again. And every event has an instant of its own (instant.go): the clock of the
// bubble moves only when all goroutines wait, so that whatever an event sets off has ended before the next
// one begins, however many processors there are. So a seed gives the same trace of delivered messages and
// the same final states each time.
//
// # What is not simulated
//
// Sockets, frames cut short and the handshake are tested in node/peer; gossip in node/gossip: here a
// member's belief in another follows the truth after a delay; Badger and torn files in storage.
//
// The package is for tests: nothing that serves users imports it.
package sim
