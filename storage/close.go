package storage

import (
	"errors"
	"fmt"
	"time"
)

// failedCloseMax is how long a store that has failed is given to close.
const failedCloseMax = 5 * time.Second

// Close waits for the calls under way, brings everything to disk, seals the witness and closes the database.
// The folder stays open. Closing twice does nothing.
//
// It does not wait for ever: a disk that does not answer is left as it is after twice CommitTimeMax, or after 5 s
// where the store has failed before, and so is a database that has panicked. The error then says so; what was
// acknowledged in sync mode is on disk all the same, and the next start finds it.
func (s *Store) Close() error {
	within := 2 * s.opts.CommitTimeMax
	if s.commits.failed.Load() != nil {
		within = min(within, failedCloseMax)
	}
	limit := time.NewTimer(within)
	defer limit.Stop()
	closed := make(chan error, 1)
	go func() { closed <- s.shut() }()
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("close the store in %s: %w", s.folder.Dir(), err)
		}
		return nil
	case <-limit.C:
		err := fmt.Errorf("close the store in %s: it has not ended after %s; look at its disk", s.folder.Dir(), within)
		if failed := s.commits.failed.Load(); failed != nil {
			err = fmt.Errorf("%w: %w", err, *failed)
		}
		return err
	}
}

func (s *Store) shut() error {
	if !s.users.close() {
		return nil
	}
	close(s.quit)
	s.house.Wait()
	close(s.commits.quit)
	if s.commits.stuck.Load() { // neither the goroutine nor the database would come to an end
		return *s.commits.failed.Load()
	}
	s.writer.Wait()
	var errs []error
	if failed := s.commits.failed.Load(); failed != nil {
		errs = append(errs, *failed)
	}
	errs = append(errs, s.db.close())
	if errors.Join(errs...) == nil {
		errs = append(errs, s.seal(s.present(), false))
	}
	return errors.Join(errs...)
}
