package peer

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// Config is what a Transport is made of. Self and Address are required; zero values of the rest take the
// defaults named. Its functions are called concurrently, for every call and connection, and must not block.
type Config struct {
	Self    ring.NodeID
	Name    string // for the other side's messages; at most 255 bytes
	Program string // version of the program, likewise
	// ClusterID is the cluster's id, 0 while there is none yet. Default: always 0.
	ClusterID func() uint64
	// Secret is the cluster's secret: who does not prove to know it is turned away, and this node proves it
	// to others. Empty: both sides have none.
	Secret []byte
	// Address gives host:port of another node's peer listener, false where it is not known.
	Address func(id ring.NodeID) (string, bool)
	// Dial connects to an address; mutual TLS slots in here, and at the listener. Default: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	Log  *slog.Logger // default: discard

	// DialTimeout bounds both one attempt to connect and a call's wait for it. Default 1 s.
	DialTimeout time.Duration
	// HandshakeTimeout bounds all of a handshake. Default 2 s.
	HandshakeTimeout time.Duration
	// BackoffMax is the longest pause between attempts to connect that fail. Default 2 s.
	BackoffMax time.Duration
	// ProbeTimeout is how long a connection that answered nothing may take to answer a probe. Default 250 ms.
	ProbeTimeout time.Duration
	// WriteTimeout is how long the other side may read nothing before the connection is given up. Default 10 s.
	WriteTimeout time.Duration
	// DrainTimeout is how long Serve lets requests in flight finish after its end was asked for. Default 10 s.
	DrainTimeout time.Duration

	// CallsMax is how many calls wait on one connection, and how many more may be queued; above it a call
	// fails at once with node.ErrUnsent. Default 4,096.
	CallsMax int
	// QueueBytesMax bounds the requests queued on one connection, in bytes; a single one may be longer.
	// Default 64 MiB.
	QueueBytesMax int
	// HandlersMax is how many requests of one connection run at once; more are refused as overloaded.
	// Default 4,096.
	HandlersMax int
	// LongBytesMax bounds the bytes of all messages over 64 KiB that are being received, or sent as replies;
	// beyond it they are refused. At least MessageBytesMax, or the longest merges never pass. Default 1 GiB.
	LongBytesMax int
	// ConnsMax bounds the connections that Serve holds. Default 1,024.
	ConnsMax int
}

func (c *Config) setDefaults() {
	defaultTo(&c.DialTimeout, time.Second)
	defaultTo(&c.HandshakeTimeout, 2*time.Second)
	defaultTo(&c.BackoffMax, 2*time.Second)
	defaultTo(&c.ProbeTimeout, 250*time.Millisecond)
	defaultTo(&c.WriteTimeout, 10*time.Second)
	defaultTo(&c.DrainTimeout, 10*time.Second)
	defaultTo(&c.CallsMax, 4096)
	defaultTo(&c.QueueBytesMax, 64<<20)
	defaultTo(&c.HandlersMax, 4096)
	defaultTo(&c.LongBytesMax, 1<<30)
	defaultTo(&c.ConnsMax, 1024)
	if c.ClusterID == nil {
		c.ClusterID = func() uint64 { return 0 }
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
	}
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
	fault := func(is bool, text string) {
		if is {
			faults = append(faults, errors.New("peer: "+text))
		}
	}
	fault(c.Self == 0, "Config.Self is missing: a node needs its id before it talks to others")
	fault(c.Address == nil, "Config.Address is missing")
	fault(len(c.Name) > nameBytesMax || len(c.Program) > nameBytesMax, "Config.Name or Config.Program is over 255 bytes")
	fault(c.DialTimeout < 0 || c.HandshakeTimeout < 0 || c.BackoffMax < 0 || c.ProbeTimeout < 0 ||
		c.WriteTimeout < 0 || c.DrainTimeout < 0, "a time-out of Config is negative")
	fault(c.CallsMax < 0 || c.QueueBytesMax < 0 || c.HandlersMax < 0 || c.LongBytesMax < 0 || c.ConnsMax < 0,
		"a limit of Config is negative")
	return errors.Join(faults...)
}
