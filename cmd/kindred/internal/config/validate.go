package config

import (
	"net"
	"strings"
)

// validate reports what no single setting can know of itself.
func (l *loading) validate() {
	c := &l.config
	if c.Data == "" {
		l.faults.add(l.from["data"], "a server needs a folder for its data")
	}
	listeners := []struct{ name, address string }{
		{"listen", c.Listen}, {"admin", c.Admin}, {"peer", c.Peer}, {"gossip", c.Gossip},
	}
	taken := map[string]string{}
	for _, a := range listeners {
		host, port, err := net.SplitHostPort(a.address)
		if err != nil {
			continue // it has been reported
		}
		if other, ok := taken[a.address]; ok && port != "0" {
			l.faults.add(l.from[a.name], "%s is where --%s listens already; each listener needs a port of its own", a.address, other)
		}
		taken[a.address] = a.name
		if !isLoopback(host) && !c.Insecure {
			l.faults.add(l.from[a.name], "%s can be reached from other machines, and whoever reaches it can read and write everything. "+
				"Listen on 127.0.0.1, or say --insecure if the network around it is trusted", a.address)
		}
		if isEverywhere(host) && c.Advertise == "" {
			l.faults.add(l.from[a.name], "%s is every address of this machine: say with --advertise HOST by which one others reach it", a.address)
		}
	}
	if c.MinFree != 0 && c.MinFree < minFreeLeast {
		l.faults.add(l.from["min-free"], "%d bytes are less than the store needs; say 0, or from 160MiB on", c.MinFree)
	}
	if isEverywhere(c.Advertise) && c.Advertise != "" {
		l.faults.add(l.from["advertise"], "%s is no address that others could reach", c.Advertise)
	}
}

// minFreeLeast is what the store needs in any case, in bytes: twice a memtable and a value log file.
const minFreeLeast = 160 << 20

// isLoopback says whether only this machine reaches the host. A name other than localhost is taken for one
// that others reach: what it stands for may change.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func isEverywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// OffLoopback lists the listeners that other machines can reach, as "--flag address".
func (c Config) OffLoopback() []string {
	var list []string
	for _, a := range [][2]string{{"--listen", c.Listen}, {"--admin", c.Admin}, {"--peer", c.Peer}, {"--gossip", c.Gossip}} {
		if host, _, err := net.SplitHostPort(a[1]); err == nil && !isLoopback(host) {
			list = append(list, a[0]+" "+a[1])
		}
	}
	return list
}
