package server

import (
	"context"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/memory"
)

// store is node.Store with its end.
type store interface {
	node.Store
	Close() error
}

func (s *server) openStore(ctx context.Context, partitions int) error {
	var interval time.Duration
	if s.interval() {
		interval = s.Config.SyncInterval
	}
	st, err := memory.Open(memory.NewDisk(), memory.Options{Partitions: partitions, Interval: interval})
	if err != nil {
		return err
	}
	s.store = st
	s.store.SetKnowsAll(true)
	return nil
}
