package bench

import (
	"errors"
	"fmt"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
)

// Plan says what to do to a cluster.
type Plan struct {
	Mix         Mix
	Size        int // bytes of a value
	Keys        int
	Time        time.Duration // of the measured phase
	Concurrency int           // workers
	Seed        uint64
	Bucket      string
	Options     client.Options // of every read and write
	PIDs        []int          // of the servers, for their CPU time; may be empty
}

// Bounds of a plan.
const (
	sizeMax        = 64 << 20
	keysMax        = 100_000_000
	concurrencyMax = 10_000
)

// Validate reports every fault at once.
func (p Plan) Validate() error {
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	add(p.Size < 0 || p.Size > sizeMax, "--size: %d is not within 0 and %d bytes", p.Size, sizeMax)
	add(p.Keys < 1 || p.Keys > keysMax, "--keys: %d is not within 1 and %d", p.Keys, keysMax)
	add(p.Time < 10*time.Millisecond || p.Time > 24*time.Hour, "--time: %v is not within 10ms and 24h", p.Time)
	add(p.Concurrency < 1 || p.Concurrency > concurrencyMax, "--concurrency: %d is not within 1 and %d", p.Concurrency, concurrencyMax)
	add(p.Bucket == "" || len(p.Bucket) > 255, "--bucket: a bucket's name has 1 to 255 bytes")
	return errors.Join(faults...)
}
