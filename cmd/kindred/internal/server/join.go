package server

import (
	"context"
	"fmt"
	"sync"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/peer"
	"github.com/kindreddb/kindred/ring"
)

// serveHTTP answers from now on; until the node is there, mostly that it is not ready.
func (s *server) serveHTTP() error {
	h, err := httpapi.New(httpapi.Config{
		Backend: &s.backend, Version: s.Version, Log: s.log.With("part", "http"),
		ConnectionsMax: s.Config.MaxConns, BodyBytesMax: s.Config.MaxInFlight, DrainTimeout: s.Config.DrainTime,
		AdminHosts: s.adminHosts(), MoreMetrics: s.metrics,
	})
	if err != nil {
		return err
	}
	s.http = h
	s.background("the data listener", func() error { return h.ServeData(s.data) })
	s.background("the admin listener", func() error { return h.ServeAdmin(s.admin) })
	return nil
}

// background runs a part that ends by itself only when it fails.
func (s *server) background(what string, run func() error) {
	go func() {
		if err := run(); err != nil {
			s.failed <- fmt.Errorf("%s failed: %w", what, err)
		}
	}()
}

func (s *server) adminHosts() []string {
	if s.Config.Advertise == "" {
		return nil
	}
	return []string{s.Config.Advertise}
}

// join makes the node that reads and writes, once it is known what it is a part of.
func (s *server) join(layout *ring.Layout) error {
	if err := s.bindCluster(layout); err != nil {
		return err
	}
	if err := s.store.SetPartitions(layout.Partitions()); err != nil {
		return err
	}
	if err := s.store.SetTreeKey(s.gossip.View().TreeKey); err != nil {
		return err
	}
	transport, err := peer.New(peer.Config{
		Self: s.folder.Node(), Name: s.Config.Name, Program: s.Version, Secret: s.Secret,
		ClusterID: func() uint64 { return s.gossip.View().ClusterID },
		Address:   s.peerAddress, Log: s.log.With("part", "peer"),
	})
	if err != nil {
		return err
	}
	s.transport = transport
	n, err := node.New(node.Config{
		ID: s.folder.Node(), Version: s.Version, Store: s.store, Trees: s.store, Cluster: s.gossip, Peers: transport,
		Log: s.log.With("part", "node"), MaxObjectSize: int(s.Config.MaxObjectSize),
		RepairPeriod: s.Config.RepairPeriod, RepairBytesPerSecond: repairBudget(s.Config.RepairRate),
		NoAntiEntropy: !s.Config.AntiEntropy, NoReadRepair: !s.Config.ReadRepair, NoHandoff: !s.Config.Handoff,
	})
	if err != nil {
		return err
	}
	s.node = n
	s.endNode = start(func(ctx context.Context) { n.Run(ctx) })
	endServing := start(func(ctx context.Context) {
		if err := transport.Serve(ctx, s.peers, n); err != nil {
			s.failed <- fmt.Errorf("the peer listener failed: %w", err)
		}
	})
	s.endPeers = func() {
		endServing()
		transport.Close()
	}
	s.backend.node.Store(n)
	return nil
}

// repairBudget is the rate as node.Config takes it: there a 0 is the default, and no bound is below it.
func repairBudget(rate int64) int64 {
	if rate == 0 {
		return -1
	}
	return rate
}

// start runs f until the returned function is called, which waits for its end.
func start(f func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

func (s *server) peerAddress(id ring.NodeID) (string, bool) {
	m, ok := s.gossip.View().Member(id)
	return m.Peer, ok && m.Peer != ""
}
