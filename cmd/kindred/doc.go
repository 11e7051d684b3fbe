// Kindred is the server and the command line of the Kindred database: one program, one file a command.
//
// It wires what the other packages build and decides nothing about data. `server` reads settings
// (internal/config) and owns the running parts (internal/server); `demo` runs three servers as children
// (internal/demo); `bench` loads a cluster (internal/bench); everything else is a client of the HTTP API
// and prints only what comes from there (internal/show, internal/figures).
package main
