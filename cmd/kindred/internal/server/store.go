package server

import (
	"context"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
	"github.com/kindreddb/kindred/storage"
)

// openStore opens the database, before the others hear of this node: it can answer as soon as they do. The
// size of the ring is a guess until the cluster is known, see join.
func (s *server) openStore(ctx context.Context) error {
	o := storage.Options{
		Folder: s.folder, Partitions: s.Config.Partitions, FreeBytesMin: s.Config.MinFree,
		// A copy's own memory says nothing about its original, and in a cluster of one nobody else's does.
		FreshActors: s.folder.Copied(),
		Logger:      s.log.With("part", "storage"),
	}
	if known := s.folder.Identity().Partitions; known != 0 {
		o.Partitions = known
	}
	if s.Config.Durability == config.Interval {
		o.Interval = s.Config.SyncInterval
	}
	store, err := storage.Open(ctx, o)
	if err != nil {
		return err
	}
	s.store = store
	return nil
}
