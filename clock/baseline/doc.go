// Package baseline runs one script of puts, gets and syncs under different mechanisms of telling writes
// apart, and counts what each of them loses, falsely keeps and costs. The measure is causal histories:
// explicit sets of events, exact and far too large to store.
//
//	causal_histories     the truth
//	lww                  the highest wall clock wins
//	lamport              the highest Lamport number wins
//	vv_server            a version vector per version, one entry per server
//	vv_server_merge      one version vector for all siblings, one entry per server (Riak 1.x)
//	vv_client            a version vector per version, one entry per client that counts its own writes
//	vv_client_stateless  the same, where the server counts for the client
//	dvv                  dotted version vectors: the kernel of this database
//	dvvset               dotted version vector sets: one clock for all siblings
//
// Scripts come from files of the schema dvv-vectors/1 (Parse), from the file that is built in (Builtin), or
// from a seed (Random). The package also holds the types of all three kinds of file, so that the kernel's own
// tests read their scripts with them.
//
// The package is pure but for the built-in file. It is no part of serving: `kindred compare` prints it.
//
// Sources: Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and Accurate Causality Tracking for
// Eventually Consistent Stores" (DAIS 2014), which compares these mechanisms; Parker et al., "Detection of
// Mutual Inconsistency in Distributed Systems" (1983) for version vectors; Lamport, "Time, Clocks, and the
// Ordering of Events in a Distributed System" (1978).
package baseline
