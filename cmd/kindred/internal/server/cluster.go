package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/folder"
)

// openFolder locks the folder and tells what it found in it.
func (s *server) openFolder() error {
	f, err := folder.Open(s.Config.Data, folder.Options{Name: s.Config.Name})
	if err != nil {
		if errors.Is(err, folder.ErrInUse) {
			return err
		}
		return &StartError{What: err.Error(), Next: "Another folder: --data FOLDER", cause: err}
	}
	s.folder = f
	if f.Copied() {
		s.log.Warn("the data folder is a copy: fresh actors are drawn, so that no write of the original is repeated", "data", f.Dir())
	}
	return nil
}

// takenOver is the name of a note in the folder: its identity is that of a member whose folder was lost, so
// that it never counts as one that was there from the cluster's birth on.
const takenOver = "taken-over"

// startGossip finds the others. Where this node's name is that of an absent member, and its folder is empty,
// it takes over that member's identity and starts again.
func (s *server) startGossip(ctx context.Context) error {
	identity := s.folder.Identity()
	g, err := gossip.Start(ctx, gossip.Config{
		ID: identity.Node, Name: s.Config.Name, Fresh: identity.Cluster == 0 && identity.Partitions == 0,
		Version: s.Version, Zone: s.Config.Zone, Capacity: s.Config.Capacity,
		Bind: s.Config.Gossip,
		Addresses: gossip.Addresses{
			Data:   advertised(s.Config.Advertise, s.data.Addr()),
			Admin:  advertised(s.Config.Advertise, s.admin.Addr()),
			Peer:   advertised(s.Config.Advertise, s.peers.Addr()),
			Gossip: advertisedGossip(s.Config.Advertise, s.Config.Gossip),
		},
		Join: s.Config.Join, BootstrapExpect: s.Config.BootstrapExpect, Partitions: s.Config.Partitions, N: s.Config.N,
		Secret: s.Secret, Disk: s.folder, Log: s.log.With("part", "gossip"),
	})
	if take := new(gossip.TakeIdentityError); errors.As(err, &take) {
		return s.takeIdentity(ctx, take)
	}
	if err != nil {
		return err
	}
	s.gossip = g
	s.backend.gossip.Store(g)
	return nil
}

func (s *server) takeIdentity(ctx context.Context, take *gossip.TakeIdentityError) error {
	if s.folder.Node() == take.ID {
		return fmt.Errorf("this node has the id %s already and is told to take it: %w", take.ID, take)
	}
	if s.gossip != nil {
		s.gossip.Close()
		s.gossip = nil
	}
	s.log.Warn("the folder is empty and its node's name is that of an absent member: its place is taken over, its data is fetched anew", "member", take.Name, "id", take.ID.String())
	// The note first: a crash in between leaves a folder that claims too little, and never too much.
	if err := s.folder.SaveState(takenOver, []byte(take.ID.String())); err != nil {
		return err
	}
	if err := s.folder.TakeOver(take.ID); err != nil {
		return err
	}
	return s.startGossip(ctx)
}

// awaitCluster waits until this node knows a cluster's layout; nil where ctx ended before.
func (s *server) awaitCluster(ctx context.Context) (*ring.Layout, error) {
	for {
		changed := s.gossip.Changed()
		if l := s.gossip.View().Layout; l != nil {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil
		case err := <-s.failed:
			return nil, err
		case <-s.gossip.Done():
			err := s.gossip.Err()
			take := new(gossip.TakeIdentityError)
			if !errors.As(err, &take) {
				return nil, err
			}
			if err := s.takeIdentity(ctx, take); err != nil {
				return nil, err
			}
		}
	}
}

// bindCluster makes the folder the cluster's. A folder that was there when the cluster was born knows all of
// its ranges: nothing was ever written to them that it could have missed. Its id is the proof: it was drawn
// by this very folder, and stands in the cluster's first layout.
func (s *server) bindCluster(layout *ring.Layout) error {
	identity := s.folder.Identity()
	if identity.Cluster == 0 && layout.Number() == 1 {
		note, err := s.folder.LoadState(takenOver)
		if err != nil {
			return err
		}
		if _, member := layout.Member(identity.Node); member && note == nil {
			if err := s.folder.SetKnowsAll(true); err != nil {
				return err
			}
		}
	}
	return s.folder.BindCluster(s.gossip.View().ClusterID)
}
