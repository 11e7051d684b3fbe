package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds of what a client waits for and takes in.
const (
	dialTimeout   = 2 * time.Second
	idleTimeout   = 30 * time.Second // less than a server's, so that the client is the one that closes
	callTimeout   = 75 * time.Second // more than the longest operation that a server allows
	bodyBytesMax  = 1 << 30
	idleConnsMax  = 256
	headBytesMax  = 1 << 20
	problemPrefix = "application/problem+json"
)

// caller sends requests to one of several nodes.
type caller struct {
	nodes []*url.URL
	first atomic.Uint32 // index of the node that answered last
	http  *http.Client
}

func newCaller(addrs []string) (*caller, error) {
	c := &caller{http: &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			IdleConnTimeout:        idleTimeout,
			MaxIdleConns:           idleConnsMax,
			MaxIdleConnsPerHost:    idleConnsMax,
			MaxResponseHeaderBytes: headBytesMax,
			DisableCompression:     true, // a stored Content-Encoding is the application's own
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, addr := range addrs {
		u, err := parseAddr(addr)
		if err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, u)
	}
	if len(c.nodes) == 0 {
		return nil, errors.New("client: no address: name at least one node as host:port")
	}
	return c, nil
}

func parseAddr(addr string) (*url.URL, error) {
	whole := addr
	if !strings.Contains(addr, "://") {
		whole = "http://" + addr
	}
	u, err := url.Parse(whole)
	if err != nil || u.Host == "" || u.Port() == "" || u.Scheme != "http" && u.Scheme != "https" ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("client: %q is no address of a node: host:port is wanted, for example 127.0.0.1:8098", addr)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// Close lets go of idle connections. Calls under way go on.
func (c *caller) Close() { c.http.CloseIdleConnections() }

// UseTransport replaces what connections are made with, for example to add TLS or to inject faults. It must
// be called before the first request.
func (c *caller) UseTransport(t http.RoundTripper) { c.http.Transport = t }

// request is one call, at whichever node.
type request struct {
	method string
	path   string // raw: encoded by the caller, sent as it is
	query  string
	header http.Header
	body   []byte
	writes bool // it may change something
}

// answer is what one node said.
type answer struct {
	node   string
	status int
	header http.Header
	body   []byte
}

// call asks the nodes in turn, beginning with the one that answered last, until one gives an answer that
// another could not better. The answer of a failed call is there where a node gave one.
func (c *caller) call(ctx context.Context, r request) (*answer, error) {
	first := int(c.first.Load())
	for i := 0; ; i++ {
		at := (first + i) % len(c.nodes)
		a, err := c.ask(ctx, c.nodes[at], r)
		if err == nil || i == len(c.nodes)-1 || ctx.Err() != nil || !mayMoveOn(err, r.writes) {
			if a != nil {
				c.first.Store(uint32(at))
			}
			return a, err
		}
	}
}

// mayMoveOn says whether another node may be asked after this failure: never when a write might happen twice.
func mayMoveOn(err error, writes bool) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	elsewhere := e.Status == 0 && e.Code != CodeInvalidRequest || e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests
	return elsewhere && (!writes || e.Outcome == OutcomeNotApplied)
}

// ask sends the request to one node.
func (c *caller) ask(ctx context.Context, node *url.URL, r request) (*answer, error) {
	if err := checkHeader(r.header); err != nil {
		return nil, invalidRequest(node.Host, r, err)
	}
	connected := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true },
	})
	var body io.Reader = http.NoBody
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, node.String(), body)
	if err != nil {
		return nil, invalidRequest(node.Host, r, err)
	}
	// An opaque URL is what keeps net/http from tidying the path: "a//b" and "a/../b" are keys.
	req.URL = &url.URL{Scheme: node.Scheme, Host: node.Host, Opaque: r.path, RawQuery: r.query}
	if r.header != nil {
		req.Header = r.header.Clone()
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, transportError(node.Host, r, err, connected)
	}
	defer resp.Body.Close()
	a := &answer{node: node.Host, status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyBytesMax)); err != nil {
		return nil, transportError(node.Host, r, err, true)
	}
	if resp.StatusCode >= 400 {
		return a, problemError(a, r)
	}
	return a, nil
}
