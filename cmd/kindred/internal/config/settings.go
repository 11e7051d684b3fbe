package config

import (
	"os"
	"strings"
)

// Setting is one thing that a server can be told: its names, and how its text becomes a field.
type Setting struct {
	// Name is the flag without its dashes and the key in the file.
	Name string
	// Unit is what kind of value it takes, in capitals, or the words to choose from.
	Unit string
	// Default is the text that counts where nobody says otherwise.
	Default string
	// Meaning is one or two plain sentences.
	Meaning string
	// Group is the heading in the help.
	Group string

	read func(*Config, string) error
}

// Env is the environment variable of the setting.
func (s Setting) Env() string {
	return "KINDRED_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// IsSwitch says whether the setting is on or off.
func (s Setting) IsSwitch() bool { return s.Unit == unitSwitch }

const (
	unitSwitch  = "true|false"
	unitOnOff   = "on|off"
	unitAddress = "HOST:PORT"
	unitSize    = "SIZE"
	unitTime    = "DURATION"
	unitNumber  = "NUMBER"
)

// Headings of the help, in its order.
const (
	groupNode    = "This node"
	groupCluster = "Its cluster"
	groupSafety  = "Safety"
	groupLimits  = "Limits"
	groupRepair  = "Repair"
	groupLog     = "Log"
)

// Settings lists all settings in the order of the help. The caller may keep the slice.
func Settings() []Setting {
	return []Setting{
		{"name", "NAME", defaultName(), "The node's name, for people: letters, digits, dot, dash, underscore. No two nodes of a cluster share one.", groupNode, func(c *Config, t string) error { return readName(&c.Name, t) }},
		{"data", "FOLDER", "./kindred-data", "Where the node keeps everything. Made if it does not exist; one node a folder.", groupNode, func(c *Config, t string) error { return readText(&c.Data, t) }},
		{"listen", unitAddress, "127.0.0.1:8098", "Where applications reach the data (/kv).", groupNode, func(c *Config, t string) error { return readAddress(&c.Listen, t) }},
		{"admin", unitAddress, "127.0.0.1:8097", "Where people and monitoring reach /admin, /metrics and the dashboard.", groupNode, func(c *Config, t string) error { return readAddress(&c.Admin, t) }},
		{"peer", unitAddress, "127.0.0.1:7947", "Where the other nodes send reads and writes.", groupNode, func(c *Config, t string) error { return readAddress(&c.Peer, t) }},
		{"gossip", unitAddress, "127.0.0.1:7946", "Where the nodes tell each other who is alive (TCP and UDP).", groupNode, func(c *Config, t string) error { return readAddress(&c.Gossip, t) }},
		{"advertise", "HOST", "", "The host that others reach this node by, where it is not the one it listens on.", groupNode, func(c *Config, t string) error { return readHost(&c.Advertise, t) }},
		{"zone", "NAME", "", "The rack, room or site; copies of a key are spread over zones first.", groupNode, func(c *Config, t string) error { return readZone(&c.Zone, t) }},
		{"capacity", unitNumber, "100", "How much this node takes, relative to the others.", groupNode, func(c *Config, t string) error { return readCapacity(&c.Capacity, t) }},

		{"join", "HOST:PORT,…", "", "Gossip addresses of other nodes; this node's own may be among them. Retried until one answers.", groupCluster, func(c *Config, t string) error { return readJoin(&c.Join, t) }},
		{"bootstrap-expect", unitNumber, "1", "How many new nodes found the cluster together. With 1 and no --join this node is a cluster of one.", groupCluster, func(c *Config, t string) error { return readNumber(&c.BootstrapExpect, t, 1, 1024) }},
		{"partitions", unitNumber, "256", "Pieces of the ring, a power of two. Fixed at the cluster's birth.", groupCluster, func(c *Config, t string) error { return readPartitions(&c.Partitions, t) }},
		{"n", unitNumber, "3", "Copies of each key. Fixed at the cluster's birth.", groupCluster, func(c *Config, t string) error { return readNumber(&c.N, t, 1, 16) }},

		{"secret-file", "FILE", "", "The cluster's secret, 16 bytes or more, readable by its owner alone. Every node has the same.", groupSafety, func(c *Config, t string) error { return readText(&c.SecretFile, t) }},
		{"insecure", unitSwitch, "false", "Allow listeners that other machines can reach, though anybody who reaches them can read and write everything.", groupSafety, func(c *Config, t string) error { return readSwitch(&c.Insecure, t) }},
		{"durability", "sync|interval", "sync", "sync: a write is on disk before it is acknowledged. interval: within sync-interval, and a power cut may take what was younger.", groupSafety, func(c *Config, t string) error { return readDurability(&c.Durability, t) }},
		{"sync-interval", unitTime, "200ms", "The longest that an acknowledged write waits for the disk where durability is interval, 10ms to 10s.", groupSafety, func(c *Config, t string) error { return readTime(&c.SyncInterval, t, "10ms", "10s") }},

		{"max-object-size", unitSize, "32MiB", "All values (siblings) of a key together; a put that would grow it further is refused. 4MiB to 512MiB; the largest single value is a property of the bucket.", groupLimits, func(c *Config, t string) error { return readSize(&c.MaxObjectSize, t, 4<<20, 512<<20) }},
		{"max-in-flight", unitSize, "512MiB", "Bodies of requests and answers held in memory at once; what comes above is answered with 503. From 64MiB on.", groupLimits, func(c *Config, t string) error { return readSize(&c.MaxInFlight, t, 64<<20, 64<<30) }},
		{"max-connections", unitNumber, "4096", "Open connections of clients; further ones are turned away.", groupLimits, func(c *Config, t string) error { return readNumber(&c.MaxConns, t, 1, 1_000_000) }},
		{"min-free", unitSize, "0", "Free space on the disk below which writes are refused while reads go on, from 160MiB on. 0: as much as the store needs to stay whole.", groupLimits, func(c *Config, t string) error { return readSize(&c.MinFree, t, 0, 1<<50) }},
		{"drain-time", unitTime, "10s", "How long requests in flight may take to finish when the server stops, 100ms to 60s.", groupLimits, func(c *Config, t string) error { return readTime(&c.DrainTime, t, "100ms", "60s") }},

		{"repair-period", unitTime, "10m", "The time within which every two copies of a piece of the ring are compared, and made equal where they differ, 1s to 720h.", groupRepair, func(c *Config, t string) error { return readTime(&c.RepairPeriod, t, "1s", "720h") }},
		{"repair-rate", unitSize, "16MiB", "What this comparing (anti-entropy) may move in a second; 0: no bound. Changed while the node runs by: kindred repair rate.", groupRepair, func(c *Config, t string) error { return readSize(&c.RepairRate, t, 0, 1<<40) }},
		{"anti-entropy", unitOnOff, "on", "Whether this node compares its copies by itself. This and the next two are for seeing each way of repair alone; what is off leaves differences standing.", groupRepair, func(c *Config, t string) error { return readOnOff(&c.AntiEntropy, t) }},
		{"read-repair", unitOnOff, "on", "Whether a read mends the replicas that it finds behind.", groupRepair, func(c *Config, t string) error { return readOnOff(&c.ReadRepair, t) }},
		{"handoff", unitOnOff, "on", "Whether writes kept for a node that was away (hints) are handed over when it is back.", groupRepair, func(c *Config, t string) error { return readOnOff(&c.Handoff, t) }},

		{"log-format", "text|json", "text", "How the log on standard error is written.", groupLog, func(c *Config, t string) error { return readLogFormat(&c.LogFormat, t) }},
		{"log-level", "debug|info|warn|error", "info", "The least that is logged.", groupLog, func(c *Config, t string) error { return readLogLevel(&c.LogLevel, t) }},
	}
}

// FileSetting is the one setting that cannot stand in the file itself.
var FileSetting = Setting{Name: "config", Unit: "FILE", Meaning: "A YAML file with any of the settings on this page, by name.", Group: groupLog}

// defaultName is the first part of the machine's name, or "kindred" where that is no legal name.
func defaultName() string {
	host, err := os.Hostname()
	if err != nil {
		return "kindred"
	}
	host, _, _ = strings.Cut(host, ".")
	var name string
	if readName(&name, host) != nil {
		return "kindred"
	}
	return name
}
