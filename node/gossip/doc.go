// Package gossip is what the nodes of a cluster know of each other: who is alive, the cluster's birth, its
// layouts and the properties of its buckets. It implements node.Cluster on hashicorp/memberlist.
//
// # What is known, and how it spreads
//
// A State is a value that merges: idempotent, commutative, associative. Two nodes that meet exchange whole
// states over a stream; a change is announced by its hash in a message that rides on memberlist's packets,
// and who does not know the hash fetches it. A state is on disk before it is shown or told. Who is alive is
// memberlist's to find out (SWIM with the suspicions of Lifeguard) and changes no ownership.
//
// # Birth
//
// Nodes with BootstrapExpect N and no cluster wait until N of them, with the same N, see the same N; then the
// one with the lowest id draws the cluster's id and keys and computes the first layout. Every member saves
// that it follows and says so; when all have, the birth is sealed, and only then is it in the View and the
// node Ready. Starters that saw different sets make rival births; see follow for why only one is sealed. A
// birth needs all N nodes once: one that loses its folder in that second stops it, and the log says so.
//
// # Who is turned away
//
// Every stream begins with a handshake (hello.go): protocol versions, proof of the secret, and who calls. The
// called node judges (judge.go): another cluster, another secret, a version without overlap, an id or a name
// that somebody living has. Both sides log why; the one that is to go gets a *RefusedError, from Start or
// through Done and Err. Of two processes with one id or name the one stays that belongs to a cluster, then
// the member of the layout, then the older. Every packet names its cluster, and others are dropped unread.
//
// # The start of a server
//
//	open the data folder
//	if it is empty:  draw an id; Discover may say whose absent identity to Take instead; bind the folder
//	Start            with the id; a folder of a cluster is Ready at once, from its own disk
//	wait for Ready   (Changed tells), then bind the folder to View().ClusterID
//	on Done          exit with Err; a *TakeIdentityError means that Discover came too early to hear of the
//	                 member whose name this is: bind the folder to its ID and start again
//	to stop          Leave, then Close
//
// # Secrets
//
// With Config.Secret all packets and streams are encrypted by memberlist (AES-256-GCM, a key derived by
// HKDF), and what is not is dropped; the handshake authenticates and does not hide names, ids and addresses.
// The keys of tokens and trees are part of the State: they travel inside encrypted streams then, and stand
// in the data folder as they are. Without a secret everything is in plain and whoever reaches the port is
// believed: that is for the loopback. memberlist has no protection against packets that are played back: old
// ones lose to newer incarnations, states only grow, and a farewell counts for the process that it names.
//
// # What it leaves to others
//
// Nothing here decides about a key, a replica or a move. Layouts after the first are carried, ordered by
// (number, sealed, hash) and sealed when all of their members follow; what a seal permits is for node.
//
// Sources: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
// Protocol" (2002); Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
// Detection" (2017).
package gossip
