package peer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"github.com/kindreddb/kindred/ring"
)

// The handshake, each line written as soon as the side may:
//
//	dialler   ── magic, hello ──▶               who I am, versions, cluster, a nonce
//	          ◀── magic, hello ── acceptor      the same
//	dialler   ── proof ──▶                      HMAC of both hellos under the secret
//	          ◀── welcome ──     acceptor       HMAC of both hellos under the secret, as the acceptor
//
// Either side may send a refusal in place of its second line. The proofs cover both nonces and all that was
// said, so that nothing can be altered on the way, and are made for a role, so that none can be sent back.
// They prove knowledge at the beginning of a connection; who can alter bytes within one is kept out by TLS.

// greeting is the state of one handshake.
type greeting struct {
	mine, theirs hello
	dialled      bool // this side did
	secret       []byte
	transcript   [sha256.Size]byte
}

// newGreeting draws a nonce. expects is whom this side dials; 0 when it accepts.
func newGreeting(c *Config, expects ring.NodeID) *greeting {
	g := &greeting{
		mine: hello{
			VersionMin: versionMin, VersionMax: versionMax, Cluster: c.ClusterID(), ID: c.Self, Expects: expects,
			HasSecret: len(c.Secret) > 0, Name: c.Name, Program: c.Program,
		},
		dialled: expects != 0,
		secret:  c.Secret,
	}
	rand.Read(g.mine.Nonce[:])
	return g
}

// dial runs the dialling side. Errors: *RefusedError, or what the connection died of.
func (g *greeting) dial(nc net.Conn, timeout time.Duration) error {
	nc.SetDeadline(time.Now().Add(timeout))
	defer nc.SetDeadline(time.Time{})
	if err := g.sendHello(nc); err != nil {
		return err
	}
	if err := g.readHello(nc); err != nil {
		return err
	}
	if refused := judge(g.mine, g.theirs); refused != nil {
		return refuse(nc, refused)
	}
	if _, err := nc.Write(appendRecord(nil, recordProof, g.proof(true))); err != nil {
		return err
	}
	proof, err := readAnswer(nc, recordWelcome)
	if err != nil {
		return err
	}
	if !hmac.Equal(proof, g.proof(false)) {
		return refuse(nc, refuseSecret(g.mine, g.theirs))
	}
	return nil
}

// accept runs the accepting side. reserve takes a place for the connection, and is asked last: only who knows
// the secret gets one.
func (g *greeting) accept(nc net.Conn, timeout time.Duration, reserve func() bool) error {
	nc.SetDeadline(time.Now().Add(timeout))
	defer nc.SetDeadline(time.Time{})
	if err := g.readHello(nc); err != nil {
		return err
	}
	if err := g.sendHello(nc); err != nil {
		return err
	}
	if refused := judge(g.theirs, g.mine); refused != nil {
		return refuse(nc, refused)
	}
	proof, err := readAnswer(nc, recordProof)
	if err != nil {
		return err
	}
	if !hmac.Equal(proof, g.proof(true)) {
		return refuse(nc, refuseSecret(g.theirs, g.mine))
	}
	if !reserve() {
		return refuse(nc, &RefusedError{Reason: TooManyConnections, Detail: g.mine.String() + " holds as many as it may"})
	}
	_, err = nc.Write(appendRecord(nil, recordWelcome, g.proof(false)))
	return err
}

func (g *greeting) sendHello(w io.Writer) error {
	_, err := w.Write(appendRecord([]byte(magic), recordHello, g.mine.append(nil)))
	return err
}

// readHello also fixes the transcript, over the bytes as they came.
func (g *greeting) readHello(r io.Reader) error {
	theirs, raw, err := readHello(r)
	if err != nil {
		return err
	}
	g.theirs = theirs
	first, second := g.mine.append(nil), raw
	if !g.dialled {
		first, second = second, first
	}
	all := binary.BigEndian.AppendUint16(nil, uint16(len(first)))
	g.transcript = sha256.Sum256(append(append(all, first...), second...))
	return nil
}

// proof is empty where there is no secret to prove.
func (g *greeting) proof(ofDialler bool) []byte {
	if len(g.secret) == 0 {
		return nil
	}
	role := "kindred peer acceptor"
	if ofDialler {
		role = "kindred peer dialler"
	}
	mac := hmac.New(sha256.New, g.secret)
	mac.Write([]byte(role))
	mac.Write(g.transcript[:])
	return mac.Sum(nil)
}

// readAnswer reads a record that should be of the kind, and may be a refusal.
func readAnswer(r io.Reader, want byte) ([]byte, error) {
	kind, body, err := readRecord(r)
	switch {
	case err != nil:
		return nil, err
	case kind == recordRefusal:
		return nil, parseRefusal(body)
	case kind != want:
		return nil, errors.New("a record out of its turn")
	}
	return body, nil
}

// refuse tells the other side why, and waits a little for it to hang up.
func refuse(nc net.Conn, why *RefusedError) error {
	if _, err := nc.Write(appendRefusal(nil, why)); err == nil {
		linger(nc)
		io.Copy(io.Discard, io.LimitReader(nc, recordBytesMax))
	}
	return why
}
