// Package memory is a node.Store without a disk, for simulation and tests. It keeps the same promises as
// the store on Badger and passes the same conformance suite.
//
// A Disk is what survives: a Store is opened on it, closed or crashed, and opened again. In sync mode
// nothing is visible before its simulated sync has ended; in interval mode a crash loses what is younger
// than the interval. A disk can be cloned (an old copy, a copied folder), filled, damaged, and made to fail.
//
// Once it knows the cluster's secret the disk keeps hash trees of what is on it (package trees).
//
// The package starts no goroutines, waits by package time and takes chance from its options: under
// testing/synctest, and with a seeded Rand, a run can be replayed.
package memory
