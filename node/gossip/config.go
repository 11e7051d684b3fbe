package gossip

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// Disk keeps what gossip needs again after a restart. Names are short words. It is used by one goroutine at
// a time.
type Disk interface {
	// SaveState replaces what was saved under the name, atomically; when it returns, that is on disk. It
	// does not keep b.
	SaveState(name string, b []byte) error
	// LoadState gives what was saved last under the name, or nil where nothing ever was; the bytes are the
	// caller's.
	LoadState(name string) ([]byte, error)
}

// Config is what a node says of itself and how it finds the others.
type Config struct {
	// ID is the node's id, and Name its name, at most 64 bytes: no two living nodes share either.
	ID   ring.NodeID
	Name string
	// Fresh says that the data folder is empty and belongs to no cluster: then the node may take over the
	// identity of an absent member of its name.
	Fresh bool
	// Version is the program's, at most 32 bytes. Zone and Capacity are the node's part in a first layout;
	// capacity 0 means 1.
	Version  string
	Zone     string
	Capacity uint32

	// Bind is the host:port to listen on, for TCP and UDP; port 0 finds a free one.
	Bind string
	// Addresses are told to the others, each host:port with the port that is really bound. Gossip may be
	// empty, or have port 0: then it is the one that was bound.
	Addresses Addresses

	// Join are the host:port of other nodes' gossip; this node's own does no harm.
	Join []string
	// BootstrapExpect is how many nodes wait for each other and are born as a new cluster; 1 without Join
	// means a cluster of this node alone, and 0, or 1 with Join, that this node only ever joins.
	BootstrapExpect int
	// Partitions and N are those of a cluster that is born; 0 means 256 and 3.
	Partitions, N int
	// Secret is the cluster's, at least 16 bytes, or nil: then gossip is in plain.
	Secret []byte

	Disk Disk
	// Log takes what an operator wants to know; nil drops it.
	Log *slog.Logger
	// Rand is the source of ids and keys; nil means crypto/rand.
	Rand io.Reader
	// ProbeInterval is how often each node looks after another one; 0 means 300 ms. A killed process is
	// noticed after four to six of them.
	ProbeInterval time.Duration

	// oldest and newest are the protocol versions to speak, for tests; 0 means this program's.
	oldest, newest uint8
}

// defaulted fills in what was left to this package.
func (c Config) defaulted() Config {
	set(&c.Capacity, 1)
	set(&c.Partitions, ring.DefaultPartitions)
	set(&c.N, 3)
	set(&c.ProbeInterval, 300*time.Millisecond)
	set(&c.oldest, protocolOldest)
	set(&c.newest, protocolCurrent)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

func set[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// validate reports every fault at once.
func (c Config) validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("gossip: "+format, args...))
	}
	if c.ID == 0 {
		fault("the node has no id")
	}
	if c.Name == "" || len(c.Name) > nameBytesMax {
		fault("a node's name has 1 to %d bytes, and %q has %d", nameBytesMax, c.Name, len(c.Name))
	}
	if len(c.Version) > versionBytesMax || len(c.Zone) > zoneBytesMax {
		fault("version and zone have at most %d and %d bytes, and these %d and %d", versionBytesMax, zoneBytesMax, len(c.Version), len(c.Zone))
	}
	if c.BootstrapExpect < 0 || c.BootstrapExpect > ring.MembersMax {
		fault("bootstrap-expect is %d: 0 to %d nodes are possible", c.BootstrapExpect, ring.MembersMax)
	}
	if len(c.Secret) > 0 && len(c.Secret) < secretBytesMin {
		fault("the secret has %d bytes: %d is the least", len(c.Secret), secretBytesMin)
	}
	for _, a := range append([]string{c.Bind, c.Addresses.Data, c.Addresses.Admin, c.Addresses.Peer, c.Addresses.Gossip}, c.Join...) {
		if host, _, err := splitAddress(a); err != nil {
			fault("%w", err)
		} else if len(host) > hostBytesMax {
			fault("the host of %q has more than %d bytes", a, hostBytesMax)
		}
	}
	if c.Bind == "" {
		fault("there is no address to listen on")
	}
	if c.Disk == nil {
		fault("there is no disk")
	}
	if c.BootstrapExpect > 0 {
		if _, err := ring.First([]ring.Member{c.member()}, c.Partitions, c.N); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

func (c Config) member() ring.Member {
	return ring.Member{ID: c.ID, Name: c.Name, Zone: c.Zone, Capacity: c.Capacity}
}

// advertised is the gossip address that others are told, once the port is bound.
func (c Config) advertised(port int) (string, error) {
	bound, _, _ := splitAddress(c.Bind)
	host, told, _ := splitAddress(c.Addresses.Gossip)
	if host == "" {
		host = bound
	}
	if told == 0 {
		told = uint16(port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "", fmt.Errorf("gossip: others cannot reach this node at %q: say with --advertise under which host they can", host)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(told))), nil
}
