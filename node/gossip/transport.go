package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	packetBytesMax = 64 << 10
	packetBufBytes = 2 << 20 // of the kernel's, for bursts
	handshakesMax  = 128     // at one time; further callers are hung up on
	bindAttempts   = 10      // to find one free port for both UDP and TCP
)

// transport carries memberlist's packets and streams: each packet behind a header that names its cluster,
// each stream behind a handshake. It implements memberlist.NodeAwareTransport.
type transport struct {
	greeter greeter
	counts  *counters
	// cluster is this node's, for the headers of packets.
	cluster func() uint64
	// called is told of every call and what came of it; arrived of every caller.
	called  func(address string, a answer, err error)
	arrived func(from net.Addr, a arrival, err error)

	tcp     *net.TCPListener
	udp     *net.UDPConn
	packets chan *memberlist.Packet
	streams chan net.Conn
	done    chan struct{}
	running sync.WaitGroup

	open struct {
		sync.Mutex
		conns  map[net.Conn]struct{} // in a handshake
		closed bool
	}
}

var _ memberlist.NodeAwareTransport = (*transport)(nil)

// listen binds TCP and UDP to one port of the address; port 0 finds a free one. The loops begin with serve.
func (t *transport) listen(bind string) error {
	t.packets, t.streams, t.done = make(chan *memberlist.Packet), make(chan net.Conn), make(chan struct{})
	t.open.conns = make(map[net.Conn]struct{})
	attempts := 1
	if _, port, err := net.SplitHostPort(bind); err == nil && port == "0" {
		attempts = bindAttempts
	}
	var err error
	for range attempts {
		if err = t.bind(bind); err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("gossip: the address %s is in use: stop what listens there, or choose another --gossip: %w", bind, err)
	}
	if err != nil {
		return fmt.Errorf("gossip: cannot listen on %s: %w", bind, err)
	}
	return nil
}

func (t *transport) bind(bind string) error {
	four := ""
	if at, err := netip.ParseAddrPort(bind); err == nil && at.Addr().Is4() {
		four = "4" // 0.0.0.0 alone would mean all of IPv6 too
	}
	ln, err := net.Listen("tcp"+four, bind)
	if err != nil {
		return err
	}
	tcp := ln.(*net.TCPListener)
	at := tcp.Addr().(*net.TCPAddr)
	udp, err := net.ListenUDP("udp"+four, &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone})
	if err != nil {
		_ = tcp.Close()
		return err
	}
	_ = udp.SetReadBuffer(packetBufBytes) // less is slower, and no error
	t.tcp, t.udp = tcp, udp
	return nil
}

// port is the one that was bound.
func (t *transport) port() int { return t.tcp.Addr().(*net.TCPAddr).Port }

// serve starts the loops, which end with Shutdown.
func (t *transport) serve() {
	t.running.Go(t.accept)
	t.running.Go(t.read)
}

func (t *transport) read() {
	buf := make([]byte, packetBytesMax)
	for {
		n, from, err := t.udp.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // an earlier packet of ours came back, say
			select {
			case <-time.After(time.Millisecond):
				continue
			case <-t.done:
				return
			}
		}
		at := time.Now()
		body, ok := openPacket(buf[:n], t.cluster())
		if !ok {
			t.counts.packetsDropped.Add(1)
			continue
		}
		packet := &memberlist.Packet{Buf: append([]byte(nil), body...), From: from, Timestamp: at}
		select {
		case t.packets <- packet:
		case <-t.done:
			return
		}
	}
}

// FinalAdvertiseAddr parses the address that memberlist was configured with.
func (t *transport) FinalAdvertiseAddr(ip string, port int) (net.IP, int, error) {
	addr := net.ParseIP(ip)
	if addr == nil {
		return nil, 0, fmt.Errorf("gossip: %q is no IP address", ip)
	}
	if v4 := addr.To4(); v4 != nil {
		addr = v4
	}
	return addr, port, nil
}

// WriteTo sends a packet to an ip:port.
func (t *transport) WriteTo(b []byte, addr string) (time.Time, error) {
	host, digits, err := net.SplitHostPort(addr)
	if err != nil {
		return time.Time{}, err
	}
	ip := net.ParseIP(host)
	port, err := strconv.ParseUint(digits, 10, 16)
	if ip == nil || err != nil {
		return time.Time{}, fmt.Errorf("gossip: %q is no ip:port", addr)
	}
	_, err = t.udp.WriteTo(sealPacket(b, t.cluster()), &net.UDPAddr{IP: ip, Port: int(port)})
	return time.Now(), err
}

// WriteToAddress is WriteTo.
func (t *transport) WriteToAddress(b []byte, addr memberlist.Address) (time.Time, error) {
	return t.WriteTo(b, addr.Addr)
}

// DialTimeout opens a stream to an ip:port, handshake included.
func (t *transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	a, conn, err := t.greeter.call(ctx, addr, traffic)
	t.called(addr, a, err)
	if err == nil && conn == nil {
		err = fmt.Errorf("gossip: %s did not take the call: %s", addr, a.detail)
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// DialAddressTimeout is DialTimeout.
func (t *transport) DialAddressTimeout(addr memberlist.Address, timeout time.Duration) (net.Conn, error) {
	return t.DialTimeout(addr.Addr, timeout)
}

// PacketCh gives the packets that came.
func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packets }

// StreamCh gives the streams whose callers were welcome.
func (t *transport) StreamCh() <-chan net.Conn { return t.streams }

// Shutdown closes the listeners, breaks handshakes off and waits for the loops. It may be called again.
func (t *transport) Shutdown() error {
	t.open.Lock()
	if !t.open.closed {
		t.open.closed = true
		close(t.done)
	}
	for conn := range t.open.conns {
		_ = conn.Close()
	}
	t.open.Unlock()
	err := errors.Join(t.tcp.Close(), t.udp.Close())
	t.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
