// Package server is one running node: it makes the parts that the other packages provide, starts them in
// their order, and stops them (stop.go).
//
//	listeners   bound first, so that a busy port ends the start before anything is touched
//	folder      locked: one process, one cluster, one node
//	store       on the folder
//	gossip      who else is there
//	HTTP        answers, mostly that it is not ready, until there is a cluster
//	node        reads and writes; and, from now on, the calls of others
//
// It decides nothing about data. Whatever ends the start says what, where, and what to do.
package server
