package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/folder"
)

// openFolder locks the folder. One that holds anything else than a node's data is not touched.
func (s *server) openFolder() error {
	if strange := strangeEntry(s.Config.Data); strange != "" {
		return &StartError{What: fmt.Sprintf("--data %s: the folder holds %q and no node's data", s.Config.Data, strange), Next: "An empty or a new folder: --data FOLDER"}
	}
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

// strangeEntry names something in the folder that shows it to be somebody else's; "" where there is nothing of
// the kind. What a file system puts into its root, and hidden files, show nothing.
func strangeEntry(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return "" // there is none, or folder.Open says what is wrong
	}
	strange := ""
	for _, e := range entries {
		switch {
		case e.Name() == "LOCK": // the first thing that a node makes
			return ""
		case e.Name() != "lost+found" && !strings.HasPrefix(e.Name(), "."):
			strange = e.Name()
		}
	}
	return strange
}

// takenOver is the name of a note in the folder: its identity is that of a member whose folder was lost, so
// that it never counts as one that was there from the cluster's birth on.
const takenOver = "taken-over"

// discoverWithin bounds the questions before the start, where a member that may have died is still believed
// to be alive: the others find out well within it.
const discoverWithin = 10 * time.Second

// startGossip finds the others. Where this node's name is that of an absent member, and its folder is empty,
// it takes over that member's identity first.
func (s *server) startGossip(ctx context.Context) error {
	c := s.gossipConfig()
	if c.Fresh && len(c.Join) > 0 {
		asking, cancel := context.WithTimeout(ctx, discoverWithin)
		found, err := gossip.Discover(asking, c)
		cancel()
		if err != nil {
			return err
		}
		if found.Take != 0 && found.Take != c.ID {
			if err := s.takeOver(found.Take); err != nil {
				return err
			}
			c = s.gossipConfig()
		}
	}
	g, err := gossip.Start(ctx, c)
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

func (s *server) gossipConfig() gossip.Config {
	identity := s.folder.Identity()
	return gossip.Config{
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
	}
}

// takeIdentity starts gossip again under the identity of an absent member, which was heard of late.
func (s *server) takeIdentity(ctx context.Context, take *gossip.TakeIdentityError) error {
	if s.folder.Node() == take.ID {
		return fmt.Errorf("this node has the id %s already and is told to take it: %w", take.ID, take)
	}
	if s.gossip != nil {
		s.gossip.Close()
	}
	if err := s.takeOver(take.ID); err != nil {
		return err
	}
	return s.startGossip(ctx)
}

// takeOver gives the empty folder a member's identity. The note is written first: a crash in between leaves a
// folder that claims too little, and never too much.
func (s *server) takeOver(id ring.NodeID) error {
	s.log.Warn("the folder is empty, and the node's name is that of an absent member: its place is taken over, and its data is still to be fetched", "id", id.String())
	if err := s.folder.SaveState(takenOver, []byte(id.String())); err != nil {
		return err
	}
	return s.folder.TakeOver(id)
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
