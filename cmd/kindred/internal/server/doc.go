// Package server is one running node: it makes the parts that the other packages provide, starts them in
// their order, and stops them in the reverse.
//
//	listeners   bound first, so that a busy port ends the start before anything is touched
//	folder      locked: one process, one cluster, one node
//	store       on the folder
//	gossip      who else is there
//	peers       calls to other nodes, and theirs to this one
//	node        reads and writes
//	HTTP        last in, first out: while it drains, all below still works
//
// It decides nothing about data. Whatever ends the start says what, where, and what to do.
package server
