package peer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Mutual TLS takes the place of TCP without a word of it in this package.
func TestMutualTLSSlotsIn(t *testing.T) {
	certificate, roots := selfSigned(t)
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate}, RootCAs: roots, ClientCAs: roots,
		ClientAuth: tls.RequireAndVerifyClientCert, ServerName: "kindred.test", MinVersion: tls.VersionTLS13,
	}
	plain := listen(t)
	addressOf := func(ring.NodeID) (string, bool) { return plain.Addr().String(), true }
	a := transport(t, Config{Self: idA, Secret: []byte("s"), Address: addressOf, Dial: func(ctx context.Context, address string) (net.Conn, error) {
		return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	}})
	b := transport(t, Config{Self: idB, Secret: []byte("s"), Address: addressOf})
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() {
		served <- b.Serve(ctx, tls.NewListener(plain, config), handlerFunc(func(_ context.Context, _ ring.NodeID, f node.Frame) node.Message {
			return f.Body
		}))
	}()
	m := &node.MergeRequest{Key: node.NewKey("b", "k", 3), Object: bigObject(1 << 20)}
	reply, err := a.Call(long(t), idB, node.Frame{Body: m})
	if err != nil || !reflect.DeepEqual(reply, node.Message(m)) {
		t.Errorf("%T, %v", reply, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"kindred.test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
