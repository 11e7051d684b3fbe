// Package bench loads a cluster through its HTTP API and measures it: a closed loop of workers, each of
// which waits for an answer before it asks again, so that throughput and latency are those of that many
// clients and say nothing of queues in front of a server.
//
// A run writes every key once (the preload, not measured), then mixes reads and writes for a time. Writes
// of one key are chained by their contexts and never overlap, so that no siblings pile up; which key comes
// next is drawn from the seed. Latencies go into HDR histograms, per worker, merged at the end. The CPU
// time of the servers is read from /proc before and after.
package bench
