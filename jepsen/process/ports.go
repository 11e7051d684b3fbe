package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// The ports that nodes get lie below those that kernels give to outgoing connections by themselves: a port
// from among these would be lost to any connection that is made before the node listens on it.
const (
	portMin = 10_000
	portMax = 32_000
)

// given are the ports that this program has given to nodes: none is given twice.
var given struct {
	mu    sync.Mutex
	ports map[int]bool
}

// freeAddrs finds addresses on the loopback interface that nobody listens on, with TCP or UDP.
func freeAddrs(count int) ([]string, error) {
	given.mu.Lock()
	defer given.mu.Unlock()
	if given.ports == nil {
		given.ports = map[int]bool{}
	}
	var out []string
	for tries := 0; tries < 1000; tries++ {
		port := portMin + rand.IntN(portMax-portMin)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if given.ports[port] || !free(addr) {
			continue
		}
		given.ports[port] = true
		if out = append(out, addr); len(out) == count {
			return out, nil
		}
	}
	return nil, errors.New("no free ports")
}

func free(addr string) bool {
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	udp.Close()
	return true
}
