package demo

import (
	"fmt"
	"net"
	"strconv"

	"github.com/kindreddb/kindred/cmd/kindred/internal/local"
)

// Node is one server of the demo, as demo.json shows it.
type Node struct {
	Name   string `json:"name"`
	PID    int    `json:"pid"` // 0 while it does not run
	Data   string `json:"data"`
	Admin  string `json:"admin"`
	Gossip string `json:"gossip"`
	Peer   string `json:"peer"`
}

// addresses lists the node's four addresses.
func (n Node) addresses() []string { return []string{n.Data, n.Admin, n.Gossip, n.Peer} }

// Plan gives the three nodes their ports: those of the manual (8098, 8198, 8298 for data and so on), or,
// with a base above 0, twelve ports from there on, four for each node in the order data, admin, gossip,
// peer.
func Plan(base int) ([]Node, error) {
	const count = 3
	if base < 0 || base > 65536-4*count {
		return nil, fmt.Errorf("--port-base %d leaves no room for %d ports; choose one from 1024 to %d", base, 4*count, 65536-4*count)
	}
	nodes := make([]Node, count)
	for i := range nodes {
		ports := [4]int{8098 + 100*i, 8097 + 100*i, 7946 + 100*i, 7947 + 100*i}
		if base > 0 {
			for j := range ports {
				ports[j] = base + 4*i + j
			}
		}
		at := func(j int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[j])) }
		nodes[i] = Node{Name: fmt.Sprintf("n%d", i+1), Data: at(0), Admin: at(1), Gossip: at(2), Peer: at(3)}
	}
	return nodes, nil
}

// Busy names those addresses of the nodes that something else listens on, with who does.
func Busy(nodes []Node) []string {
	var busy []string
	for _, n := range nodes {
		for i, address := range n.addresses() {
			what := [...]string{"data", "admin", "gossip", "peer"}[i]
			l, err := net.Listen("tcp", address)
			if err != nil {
				busy = append(busy, fmt.Sprintf("%s (%s's %s) is taken by %s", address, n.Name, what, local.Holder(address)))
				continue
			}
			l.Close()
			if address == n.Gossip {
				p, err := net.ListenPacket("udp", address)
				if err != nil {
					busy = append(busy, fmt.Sprintf("%s/udp (%s's %s) is taken by another process", address, n.Name, what))
					continue
				}
				p.Close()
			}
		}
	}
	return busy
}
