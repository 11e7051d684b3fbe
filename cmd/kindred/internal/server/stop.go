package server

import (
	"context"
	"errors"
	"net"
	"time"
)

// leaveWithin is how long the others are told that this node goes.
const leaveWithin = time.Second

// cutOffWithin is how long requests that did not finish in time may take to notice that they are cut off.
const cutOffWithin = 2 * time.Second

// stop ends what was started: first the requests of clients, then those of other nodes, the disk last. It is
// the start reversed but for HTTP, which answered before the node was there and goes first.
func (s *server) stop() error {
	begin := time.Now()
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	if s.http != nil {
		s.log.Info("stopping: requests in flight may finish", "within", s.Config.DrainTime.String())
		ctx, cancel := context.WithTimeout(context.Background(), s.Config.DrainTime+cutOffWithin)
		if err := s.http.Shutdown(ctx); err != nil {
			s.log.Warn("not all requests could be ended", "err", err)
		}
		cancel()
	}
	if s.node != nil {
		s.node.Drain()
	}
	if s.gossip != nil && s.gossip.Err() == nil {
		if err := s.gossip.Leave(leaveWithin); err != nil {
			s.log.Info("the others may find out late that this node has stopped", "err", err) // all stop at once, mostly
		}
	}
	if s.endNode != nil {
		s.endNode()
	}
	if s.endPeers != nil {
		s.endPeers()
	}
	if s.gossip != nil {
		s.gossip.Close()
	}
	if s.store != nil {
		keep(s.store.Close())
	}
	if s.folder != nil {
		keep(s.folder.Close())
	}
	for _, l := range []net.Listener{s.data, s.admin, s.peers} {
		if l != nil {
			l.Close() // those that were served are closed already
		}
	}
	s.log.Debug("all parts have ended", "after", time.Since(begin).String())
	return errors.Join(errs...)
}
