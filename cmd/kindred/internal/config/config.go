package config

import (
	"log/slog"
	"time"
)

// Config is everything a server is told. Its defaults and units are those of the table in settings.go,
// which also names the flag of each field.
type Config struct {
	Name string // of the node, for people; unique in its cluster
	Data string // folder

	Listen, Admin, Peer, Gossip string   // host:port each
	Advertise                   string   // host that others reach this node by; "": the host of each listener
	Join                        []string // host:port of other nodes' gossip
	BootstrapExpect             int      // nodes that found the cluster together
	Partitions, N               int      // of the cluster, at its birth
	Zone                        string   // "": none
	Capacity                    uint32   // share of the data relative to others

	SecretFile string // "": none
	Insecure   bool   // listeners off loopback are allowed

	Durability    Durability
	SyncInterval  time.Duration // the longest that an acknowledged write waits for the disk, in interval mode
	MaxObjectSize int64         // bytes
	MaxInFlight   int64         // bytes of bodies held at once
	MaxConns      int           // open connections of clients
	MinFree       int64         // bytes of free space below which writes are refused; 0: what the store needs
	DrainTime     time.Duration // that requests in flight have left when the server stops

	RepairPeriod time.Duration // within which every two copies of a range compare their trees
	RepairRate   int64         // bytes a second that anti-entropy may move; 0: no bound
	// Which ways of repair this node goes by itself.
	AntiEntropy, ReadRepair, Handoff bool

	LogFormat LogFormat
	LogLevel  slog.Level

	// File is the settings file that was read; "" where there was none.
	File string
	// Notes are remarks that stop nothing: a variable that looks like a mistyped one.
	Notes []string
}

// Durability says what an acknowledged write rests on.
type Durability string

// Sync: on disk before the ack. Interval: on disk within SyncInterval.
const (
	Sync     Durability = "sync"
	Interval Durability = "interval"
)

// LogFormat is how log lines are written.
type LogFormat string

// Text is slog's key=value form; JSON has one object a line.
const (
	Text LogFormat = "text"
	JSON LogFormat = "json"
)
