// Package client speaks Kindred's HTTP API for Go programs, the command line and the checks.
//
//	c, err := client.New("127.0.0.1:8098", "127.0.0.1:8198")
//	read, err := c.Get(ctx, "carts", "alice", client.GetOptions{})
//	wrote, err := c.Put(ctx, "carts", "alice", value, client.PutOptions{Context: read.Context})
//
// A key may hold several values, siblings, where writers did not know of each other. Whoever read them
// writes the merged value with the context of that read; what the context does not cover stays beside it.
// Contexts are opaque strings, good for one key of one cluster.
//
// Absence is an answer: Get of an absent key gives an Object without siblings and no error, provided that a
// coordinator says so; the 404 of another listener is a failure. Every failure is
// an *Error, whose Outcome says what became of a write. The client goes to another node by itself when the
// first was not reached, or said that it did not do the thing; it never repeats a write whose outcome is
// unknown.
//
// Keys are any bytes; the client encodes them and hands them to the wire as they are, past the
// normalising of package net/url. All methods may be called concurrently.
package client
