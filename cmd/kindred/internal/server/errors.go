package server

import (
	"errors"

	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/storage/folder"
)

// StartError is why a server does not run: what is wrong and where, and what to do about it.
type StartError struct {
	What string
	// Next is what to do; "" where What says it.
	Next  string
	cause error
}

// Error gives What.
func (e *StartError) Error() string { return e.What }

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.cause }

// asStartError adds what to do to the errors of the parts.
func asStartError(err error) error {
	var start *StartError
	var refused *gossip.RefusedError
	switch {
	case err == nil, errors.As(err, &start):
		return err
	case errors.As(err, &refused):
		return &StartError{What: err.Error(), cause: err}
	case errors.Is(err, folder.ErrInUse), errors.Is(err, folder.ErrOtherCluster):
		return &StartError{What: err.Error(), Next: "Another folder: --data FOLDER", cause: err}
	}
	return &StartError{What: err.Error(), Next: "More about the start: --log-level debug", cause: err}
}
