package node

import (
	"errors"
	"log/slog"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// Config is what a Node is made of. ID, Store, Cluster and Peers are required; zero values of the rest take
// the defaults named.
type Config struct {
	ID      ring.NodeID
	Version string // of the program, for status
	Store   Store
	Cluster Cluster
	Peers   Peers
	Trees   Trees        // nil: no anti-entropy
	Log     *slog.Logger // default: discard

	// OperationTimeout bounds a client's operation that names no time-out. Default 5 s.
	OperationTimeout time.Duration
	// FanoutTimeout bounds what goes on behind an answer: the replicas beyond w, hints, repairs. Default 10 s.
	FanoutTimeout time.Duration
	// HedgeDelay is how long a read waits for a replica before it asks another one too. Default 50 ms.
	HedgeDelay time.Duration
	// SlowReplica is how long a write waits for a primary before a fallback is asked to keep a hint. Default 500 ms.
	SlowReplica time.Duration
	// SuspectFor is how long a node that failed to answer is passed over before it is tried again. Default 1 s.
	SuspectFor time.Duration
	// ClientOperationsMax is how many client operations run at once; more are refused as overloaded. Default 4,096.
	ClientOperationsMax int
	// BackgroundMax is how many writes are under way, those included that go on behind their answers; at the
	// bound new ones are refused as overloaded. Default 4,096.
	BackgroundMax int
	// RepairsMax is how many read repairs run at once; more are left out. Default 64.
	RepairsMax int
	// RepairPeriod is the time within which every two copies of a range compare their trees. Default 10 min.
	RepairPeriod time.Duration
	// RepairBytesPerSecond bounds what anti-entropy moves. Default 16 MiB; negative: no bound.
	RepairBytesPerSecond int64
	// NoAntiEntropy keeps this node from comparing its copies with others'; it still answers those who do.
	// NoReadRepair keeps its reads from mending replicas that answered with less. NoHandoff keeps it from
	// delivering its hints; they are kept all the same. Each exists so that the others can be seen to work
	// alone, and costs safety: replicas that differ stay so for longer, or for ever.
	NoAntiEntropy, NoReadRepair, NoHandoff bool
	// MaxObjectSize bounds all siblings of a key together, in bytes. Default 32 MiB.
	MaxObjectSize int
	// BindFor is how long a member keeps the promise of a bucket's n before gossip brings it. Default 1 min.
	BindFor time.Duration
}

func (c *Config) setDefaults() {
	defaultTo(&c.OperationTimeout, 5*time.Second)
	defaultTo(&c.FanoutTimeout, 10*time.Second)
	defaultTo(&c.HedgeDelay, 50*time.Millisecond)
	defaultTo(&c.SlowReplica, 500*time.Millisecond)
	defaultTo(&c.SuspectFor, time.Second)
	defaultTo(&c.ClientOperationsMax, 4096)
	defaultTo(&c.BackgroundMax, 4096)
	defaultTo(&c.RepairsMax, 64)
	defaultTo(&c.RepairPeriod, 10*time.Minute)
	defaultTo(&c.RepairBytesPerSecond, 16<<20)
	defaultTo(&c.MaxObjectSize, 32<<20)
	defaultTo(&c.BindFor, time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate reports every fault at once.
func (c *Config) validate() error {
	var faults []error
	if c.ID == 0 {
		faults = append(faults, errors.New("node: Config.ID is missing"))
	}
	if c.Store == nil {
		faults = append(faults, errors.New("node: Config.Store is missing"))
	}
	if c.Cluster == nil {
		faults = append(faults, errors.New("node: Config.Cluster is missing"))
	}
	if c.Peers == nil {
		faults = append(faults, errors.New("node: Config.Peers is missing"))
	}
	if c.ClientOperationsMax < 0 || c.BackgroundMax < 0 || c.RepairsMax < 0 || c.MaxObjectSize < 0 {
		faults = append(faults, errors.New("node: a limit of Config is negative"))
	}
	return errors.Join(faults...)
}
