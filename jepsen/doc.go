// Package jepsen proves a cluster from outside: real processes, real disks, real faults, and the promises
// held against what clients saw. It is a user: it speaks HTTP through httpapi/client, starts and kills
// processes through jepsen/process, and knows nothing of what is inside a server.
package jepsen
