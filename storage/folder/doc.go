// Package folder keeps what a node knows of itself outside its database: who it is, under which actors it
// writes, of which ranges its memory is complete, and a witness of how much the database held.
//
//	LOCK       held while a process has the folder open; names that process
//	identity   node, cluster, ring; written when the folder is made and when a cluster is joined
//	actors     log of actors and of the numbers that they may issue, appended before their use
//	facts      of which ranges the copy is complete
//	witness    how many commits the database had, sealed each second
//	state/     blobs that others keep here (what gossip knows), one a file
//	badger/    the database: not this package's
//
// It is kept apart because a database that was seen to lose its own tables cannot testify about itself:
// whoever opens it compares it with the witness. All files carry a version and a checksum, are replaced as a
// whole (or appended to) and are on disk, directory included, when a call returns.
//
// The package does not interpret the database, and draws no conclusions: storage does.
package folder
