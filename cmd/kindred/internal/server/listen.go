package server

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/kindreddb/kindred/cmd/kindred/internal/local"
)

// listen binds the address of a flag.
func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp"+family(address), address)
	if err != nil {
		return nil, listenError(flag, address, err)
	}
	return l, nil
}

// family is "4" for an address of IPv4 in digits: 0.0.0.0 alone would mean all of IPv6 too.
func family(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().Is4() {
		return "4"
	}
	return ""
}

func listenError(flag, address string, err error) error {
	e := &StartError{cause: err}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		e.What = fmt.Sprintf("--%s %s: the port is taken by %s", flag, address, local.Holder(address))
		e.Next = fmt.Sprintf("Stop that process, or choose another port: --%s HOST:PORT", flag)
	case errors.Is(err, syscall.EACCES):
		e.What = fmt.Sprintf("--%s %s: this user may not listen there", flag, address)
		e.Next = fmt.Sprintf("Choose a port from 1024 on: --%s HOST:PORT", flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.What = fmt.Sprintf("--%s %s: this machine does not have that address", flag, address)
		e.Next = fmt.Sprintf("Choose one that it has: --%s HOST:PORT", flag)
	default:
		e.What = fmt.Sprintf("--%s %s: %v", flag, address, err)
		e.Next = fmt.Sprintf("Choose another address: --%s HOST:PORT", flag)
	}
	return e
}

// gossipFree says why the address cannot be used for gossip, which wants it for TCP and UDP and binds it
// itself. Port 0 is always free.
func gossipFree(address string) error {
	l, err := listen("gossip", address)
	if err != nil {
		return err
	}
	defer l.Close()
	if _, port, _ := net.SplitHostPort(address); port == "0" {
		return nil
	}
	p, err := net.ListenPacket("udp"+family(address), address)
	if err != nil {
		return listenError("gossip", address, err)
	}
	return p.Close()
}

// advertised is the address that others reach a listener by.
func advertised(host string, l net.Addr) string {
	own, port, err := net.SplitHostPort(l.String())
	if err != nil {
		return l.String()
	}
	if host == "" {
		host = own
	}
	return net.JoinHostPort(host, port)
}

// advertisedGossip is the same for gossip, which binds its own listener and puts the port in.
func advertisedGossip(host, bind string) string {
	own, port, err := net.SplitHostPort(bind)
	if err != nil {
		return bind
	}
	if host == "" {
		host = own
	}
	return net.JoinHostPort(host, port)
}
