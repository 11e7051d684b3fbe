// Package peer carries node's messages between nodes, as frames on TCP. A Transport is node.Peers for its own
// node, and serves the calls of others.
//
// A message is encoded by hand (codec.go: one value, one encoding, golden files in testdata) and travels in
// chunks with checksums (chunk.go). To each node there are up to two connections in each direction, one for
// short requests and one for long ones, with many requests in flight on each and replies in any order:
//
//	Call ──▶ link (dial, pause) ──▶ clientConn (table of calls) ──▶ outbox ──▶ writer ──▶ socket
//	     ◀── decode ◀────────────── deliver ◀──────────────────────────────── reader ◀── socket
//
//	socket ──▶ reader ──▶ session (slots) ──▶ Handler ──▶ outbox ──▶ writer ──▶ socket
//
// What it promises:
//
//   - An error wraps node.ErrUnsent only when not one byte of the request was handed to the kernel, or the
//     handshake never ended.
//   - All that waits is bounded: calls and bytes queued on a connection, requests that run, memory of long
//     messages, connections, handshakes. At a bound a call fails at once (node.ErrUnsent), or the other node
//     answers *node.Refused.
//   - A short message waits for at most a chunk of each long one before it.
//   - A request's deadline travels with it. A connection on which a deadline passed while nothing was read,
//     and that does not answer a probe either, is dropped; the next call dials.
//   - Before the handshake is done nothing else is parsed, and only who knows the cluster's secret gets a
//     place. Who is turned away is told why, and both sides log it (handshake.go, refused.go).
//   - Bytes from outside never panic; a damaged connection is dropped, and only it.
//
// What it leaves to others: whom to call and what a failure means (node), where a node is (node/gossip), and
// privacy: the handshake proves who knows the secret, but frames are neither encrypted nor signed. On a
// network that is not trusted, mutual TLS takes the place of TCP in Config.Dial and the listener.
package peer
