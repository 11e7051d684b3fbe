package node

import (
	"math"
	"sync"
	"time"
)

// latencies are those of the requests that this node coordinated lately.
type latencies struct {
	get, put latency
}

// latency is a histogram over the present minute and the one before it.
type latency struct {
	mu        sync.Mutex
	minute    int64 // of the present window
	now, last [latencyBuckets]uint32
}

// Buckets grow by a tenth each, from a microsecond to over a minute.
const (
	latencyBuckets = 192
	latencyGrowth  = 1.1
)

// record adds one request.
func (l *latency) record(d time.Duration) {
	bucket := int(math.Log(max(float64(d.Microseconds()), 1)) / math.Log(latencyGrowth))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	l.now[min(bucket, latencyBuckets-1)]++
}

// turn begins a new window when the minute is over.
func (l *latency) turn() {
	minute := time.Now().Unix() / 60
	switch minute - l.minute {
	case 0:
		return
	case 1:
		l.last = l.now
	default:
		l.last = [latencyBuckets]uint32{}
	}
	l.now, l.minute = [latencyBuckets]uint32{}, minute
}

// p99 is the bound under which 99 of 100 requests stayed, in microseconds; 0 where there were none.
func (l *latency) p99() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	var total uint64
	for i := range l.now {
		total += uint64(l.now[i]) + uint64(l.last[i])
	}
	over := total / 100
	for i := latencyBuckets - 1; i >= 0 && total > 0; i-- {
		if n := uint64(l.now[i]) + uint64(l.last[i]); n > over {
			return int64(math.Pow(latencyGrowth, float64(i+1)))
		} else {
			over -= n
		}
	}
	return 0
}
