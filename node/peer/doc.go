// Package peer carries node's messages between nodes: frames on TCP.
package peer
