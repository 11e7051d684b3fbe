package server

import (
	"context"
	"io"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
)

// Options are what a server is made of.
type Options struct {
	Config  config.Config
	Secret  []byte // of the cluster; nil: none
	Version string
	Log     io.Writer
	// Lifeline, when not nil, stops the server when it ends: a parent holds the other end.
	Lifeline io.Reader
}

// Run is a node from its start until ctx ends and everything has stopped.
func Run(ctx context.Context, o Options) error {
	log := newLog(o.Log, o.Config)
	prepareMachine(log)
	return &StartError{What: "not wired yet"}
}
