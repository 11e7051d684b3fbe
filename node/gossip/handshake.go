package gossip

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// Time-outs of a handshake.
const (
	dialTimeout      = time.Second
	handshakeTimeout = 2 * time.Second
	// lookTimeout bounds the look at a third node that a verdict may need; it fits into the above.
	lookTimeout = 700 * time.Millisecond
)

// greeter makes handshakes in the name of one node. It may be used concurrently.
type greeter struct {
	// self is what the node says of itself now.
	self func() profile
	// judge decides about a caller; nil for one that is never called.
	judge func(profile) verdict
	key   []byte // nil without a secret
	rand  io.Reader
	// oldest and newest are the protocol versions spoken.
	oldest, newest uint8
}

// answer is what came of a call: the verdict, and who gave it.
type answer struct {
	verdict
	from profile
}

func (g greeter) greeting() (greeting, error) {
	mine := greeting{oldest: g.oldest, newest: g.newest, secret: g.key != nil}
	if _, err := io.ReadFull(g.rand, mine.nonce[:]); err != nil {
		return mine, fmt.Errorf("gossip: no random bytes: %w", err)
	}
	return mine, nil
}

// call dials the address and makes the handshake. The connection is nil unless the purpose is traffic and
// the verdict a welcome; then it is the caller's, without a deadline. A node that cannot be talked to at all
// is a *RefusedError; every other error means that nobody answered as it should, this time.
func (g greeter) call(ctx context.Context, address string, why purpose) (answer, net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout+handshakeTimeout)
	defer cancel()
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return answer{}, nil, err
	}
	unwatch := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	a, err := g.callOn(conn, address, why)
	if !unwatch() && err == nil {
		err = ctx.Err()
	}
	if err != nil || a.kind != welcome || why != traffic {
		_ = conn.Close()
		return a, nil, err
	}
	return a, conn, nil
}

func (g greeter) callOn(conn net.Conn, address string, why purpose) (answer, error) {
	mine, err := g.greeting()
	if err != nil {
		return answer{}, err
	}
	myGreeting := mine.append(nil)
	if _, err := conn.Write(myGreeting); err != nil {
		return answer{}, err
	}
	theirs, theirGreeting, err := readGreeting(conn)
	if err != nil {
		return answer{}, err
	}
	if refused := theirs.speaks(mine, address); refused != nil {
		return answer{}, refused
	}
	hello := appendHello(nil, why, g.self())
	if _, err := conn.Write(appendFrame(nil, hello, mac(g.key, callerSide, myGreeting, theirGreeting, hello))); err != nil {
		return answer{}, err
	}
	body, got, err := readFrame(conn, answerBytesMax)
	if err != nil {
		return answer{}, err
	}
	if !sameMAC(got, mac(g.key, calledSide, myGreeting, theirGreeting, hello, body)) {
		return answer{}, &RefusedError{WrongSecret, address, "its secret is another than this node's"}
	}
	v, from, err := decodeAnswer(body)
	return answer{v, from}, err
}

// arrival is what came of being called.
type arrival struct {
	why    purpose
	caller profile
	verdict
}

// receive answers a caller. An error means that there was nobody to answer: a stranger, a half-open
// connection, or a *RefusedError where version or secret do not fit.
func (g greeter) receive(conn net.Conn) (arrival, error) {
	mine, err := g.greeting()
	if err != nil {
		return arrival{}, err
	}
	theirs, theirGreeting, err := readGreeting(conn)
	if err != nil {
		return arrival{}, err
	}
	myGreeting := mine.append(nil)
	if _, err := conn.Write(myGreeting); err != nil {
		return arrival{}, err
	}
	address := conn.RemoteAddr().String()
	if refused := theirs.speaks(mine, address); refused != nil {
		return arrival{}, refused
	}
	hello, got, err := readFrame(conn, helloBytesMax)
	if err != nil {
		return arrival{}, err
	}
	if !sameMAC(got, mac(g.key, callerSide, theirGreeting, myGreeting, hello)) {
		// The caller cannot check a MAC of this side either, and so learns why; it learns nothing else.
		_, _ = conn.Write(appendFrame(nil, nil, mac(g.key, calledSide, theirGreeting, myGreeting, hello)))
		return arrival{}, &RefusedError{WrongSecret, address, "its secret is another than this node's"}
	}
	why, caller, err := decodeHello(hello)
	if err != nil {
		return arrival{}, err
	}
	v := verdict{kind: welcome}
	if why != probe {
		v = g.judge(caller)
	}
	body := appendAnswer(nil, v, g.self())
	_, err = conn.Write(appendFrame(nil, body, mac(g.key, calledSide, theirGreeting, myGreeting, hello, body)))
	return arrival{why, caller, v}, err
}
