package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/node/peer"
	"github.com/kindreddb/kindred/storage"
	"github.com/kindreddb/kindred/storage/folder"
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

// Run is a node from its start until ctx ends and everything has stopped. Its errors are *StartError.
func Run(ctx context.Context, o Options) error {
	s := &server{Options: o, log: newLog(o.Log, o.Config), failed: make(chan error, 4)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Lifeline != nil {
		go func() {
			io.Copy(io.Discard, o.Lifeline)
			s.log.Info("standard input has ended: stopping")
			cancel()
		}()
	}
	s.greet()
	prepareMachine(s.log)
	err := s.start(ctx)
	switch {
	case err == nil:
		err = s.stay(ctx)
	case ctx.Err() != nil:
		s.log.Info("told to stop during the start", "err", err)
		err = nil
	}
	if stopErr := s.stop(); err == nil {
		err = stopErr
	}
	if err == nil {
		s.log.Info("stopped")
	}
	return asStartError(err)
}

// server is a node with all its parts; those that have not been started are nil.
type server struct {
	Options
	log    *slog.Logger
	failed chan error // of parts that run by themselves

	data, admin, peers net.Listener
	folder             *folder.Folder
	store              *storage.Store
	gossip             *gossip.Gossip
	http               *httpapi.Server
	backend            backend
	node               *node.Node
	transport          *peer.Transport
	endNode, endPeers  func() // stop, and wait
}

// greet says what an operator should know of the settings.
func (s *server) greet() {
	for _, note := range s.Config.Notes {
		s.log.Warn(note)
	}
	if exposed := s.Config.OffLoopback(); len(exposed) > 0 {
		s.log.Warn("INSECURE: listeners can be reached from other machines, and whoever reaches them can read and write everything", "listeners", exposed)
	}
	s.log.Info("starting", "version", s.Version, "name", s.Config.Name, "data", s.Config.Data, "durability", s.Config.Durability, "settings", s.Config.File)
}

// start brings the node to where it answers, which may be after a long wait for the others of its cluster.
func (s *server) start(ctx context.Context) error {
	if err := s.bind(); err != nil {
		return err
	}
	if err := s.openFolder(); err != nil {
		return err
	}
	if err := s.openStore(ctx); err != nil {
		return err
	}
	if err := s.startGossip(ctx); err != nil {
		return err
	}
	if err := s.serveHTTP(); err != nil {
		return err
	}
	layout, err := s.awaitCluster(ctx)
	if err != nil || layout == nil {
		return err
	}
	return s.join(layout)
}

// bind takes the ports, all before anything else is touched.
func (s *server) bind() error {
	for _, l := range []struct {
		flag, address string
		to            *net.Listener
	}{{"listen", s.Config.Listen, &s.data}, {"admin", s.Config.Admin, &s.admin}, {"peer", s.Config.Peer, &s.peers}} {
		bound, err := listen(l.flag, l.address)
		if err != nil {
			return err
		}
		*l.to = bound
	}
	return gossipFree(s.Config.Gossip)
}

// stay waits for the end: ctx, or a part that fails.
func (s *server) stay(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	go s.announceReady(ctx)
	select {
	case <-ctx.Done():
		return nil
	case <-s.gossip.Done():
		return s.gossip.Err()
	case err := <-s.failed:
		return err
	}
}

// announceReady logs the moment from which on the node coordinates.
func (s *server) announceReady(ctx context.Context) {
	const lookEvery = 20 * time.Millisecond
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for s.node.Ready() != nil {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
	v := s.node.View()
	s.log.Info("ready", "name", s.Config.Name, "id", s.folder.Node().String(), "layout", v.Layout.Number(),
		"data", s.data.Addr().String(), "admin", s.admin.Addr().String(), "peer", s.peers.Addr().String(), "gossip", s.gossip.Address())
}
